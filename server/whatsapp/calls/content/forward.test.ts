import { expect, test } from 'vitest'
import { forwardOf } from './forward.ts'

test('a document is forwarded without the characters that hide what its name ends in', () => {
  const file = { mediaKey: Buffer.alloc(32), fileEncSha256: Buffer.alloc(32), directPath: '/v/t62' }
  const documentMessage = { ...file, fileName: 'photo_\u202egpj.exe', title: '\u202e', pageCount: 2 }
  const of = { chat: '6281111111111@s.whatsapp.net', id: 'A', fromMe: false }
  const made = forwardOf({ type: 'forward', kind: 'document', of }, { documentMessage })
  expect(made.documentMessage).toMatchObject({ ...file, fileName: 'photo_gpj.exe', pageCount: 2 })
  expect(made.documentMessage).not.toHaveProperty('title')
})
