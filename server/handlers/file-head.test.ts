import { expect, test } from 'vitest'
import { dispositionOf, typeOf } from './file-head.ts'

test.for<[string | undefined, string]>([
  ['image/jpeg', 'image/jpeg'],
  ['audio/ogg; codecs=opus', 'audio/ogg; codecs=opus'],
  ['application/vnd.ms-excel', 'application/vnd.ms-excel'],
  [undefined, 'application/octet-stream'],
  ['', 'application/octet-stream'],
  ['picture', 'application/octet-stream'],
  ['image/png\r\nSet-Cookie: a=b', 'application/octet-stream'],
  ['text/html; charset="utf-8', 'application/octet-stream'],
  [`image/${'x'.repeat(200)}`, 'application/octet-stream'],
])('the type %j is served as %s', ([mimetype, expected]) => {
  expect(typeOf({ ...(mimetype !== undefined && { mimetype }) })).toBe(expected)
})

test.for<[string | undefined, string]>([
  ['menu.pdf', 'attachment; filename="menu.pdf"'],
  [undefined, 'attachment; filename="document-msg_1.pdf"'],
  ['../../etc/passwd', 'attachment; filename="passwd"'],
  ['C:\\Windows\\win.ini', 'attachment; filename="win.ini"'],
  ['a"b\r\nc', `attachment; filename="a_bc"`],
  ['CON', 'attachment; filename="_CON"'],
  ['com1.pdf', 'attachment; filename="_com1.pdf"'],
  ['console.log', 'attachment; filename="console.log"'],
  ['...', 'attachment; filename="document-msg_1.pdf"'],
  ['.bashrc', 'attachment; filename="bashrc"'],
  [
    'Speisekarte für Gäste.pdf',
    `attachment; filename="Speisekarte f_r G_ste.pdf"; filename*=UTF-8''Speisekarte%20f%C3%BCr%20G%C3%A4ste.pdf`,
  ],
  // The order of what follows would look reversed.
  ['a\u202efdp.exe', 'attachment; filename="afdp.exe"'],
  ["it's (1).txt", `attachment; filename="it's (1).txt"`],
  ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
  ['\ud800.txt', `attachment; filename="_.txt"; filename*=UTF-8''%EF%BF%BD.txt`],
])('the name %j', ([filename, expected]) => {
  const about = { kind: 'document' as const, mimetype: 'application/pdf', ...(filename !== undefined && { filename }) }
  expect(dispositionOf(about, 'msg_1')).toBe(expected)
})

test('a long name keeps its ending', () => {
  const name = dispositionOf({ kind: 'document', filename: `${'x'.repeat(500)}.pdf` }, 'msg_1')
  expect(name).toBe(`attachment; filename="${'x'.repeat(116)}.pdf"`)
})
