import { describe, expect, test } from 'vitest'
import { cycles, offences } from './check-imports.ts'

describe('an import that the architecture does not have is named', () => {
  test.each([
    ['the ground floor knows no port', 'server/model/session.ts', '../ports/store/store.ts'],
    ['a port knows no adapter', 'server/ports/store/chats.ts', '../../store/sqlite.ts'],
    ['a step of a request knows no store', 'server/http/steps/who.ts', '../../store/sqlite.ts'],
    ['a handler knows no store', 'server/handlers/chats.ts', '../store/sqlite.ts'],
    ['a handler knows no WhatsApp', 'server/handlers/chats.ts', '../whatsapp/baileys.ts'],
    ['sessions know no WhatsApp', 'server/sessions/supervisor.ts', '../whatsapp/baileys.ts'],
    ['sessions know no store', 'server/sessions/supervisor.ts', '../store/sqlite.ts'],
    ['the store knows no WhatsApp', 'server/store/sqlite.ts', '../whatsapp/baileys.ts'],
    ['the store knows no sessions', 'server/store/sqlite.ts', '../sessions/supervisor.ts'],
    ['WhatsApp knows no store', 'server/whatsapp/baileys.ts', '../store/sqlite.ts'],
    ['one file names the library', 'server/whatsapp/baileys.ts', '@whiskeysockets/baileys'],
    ['only the store names its driver', 'server/sessions/supervisor.ts', 'sqlite3'],
    ['the suite knows no server', 'conformance/run.ts', '../server/start.ts'],
    ['the loopback knows no server', 'loopback/loopback.ts', '../server/model/jid.ts'],
    ['the curve knows no server', 'curve25519/index.ts', '../server/model/jid.ts'],
    ['what is generated knows nobody', 'generated/operations.ts', '../server/operation.ts'],
  ])('%s', (_, file, name) => {
    expect(offences(file, `import type { x } from '${name}'`)).toEqual([`${file} must not import ${name}`])
  })

  test('whether it is of a value, of types, lazy or passed on', () => {
    const name = '../store/sqlite.ts'
    const forms = [`import { x } from '${name}'`, `await import('${name}')`, `export * from '${name}'`]
    for (const source of forms) expect(offences('server/handlers/chats.ts', source)).toHaveLength(1)
  })

  test('as is a file that no rule is about', () => {
    expect(offences('server/elsewhere/new.ts', '')).toEqual([
      'server/elsewhere/new.ts: no rule says what it may import',
    ])
  })
})

test.each([
  ['server/handlers/chats.ts', '../model/errors.ts'],
  ['server/handlers/chats.ts', '../ports/store/store.ts'],
  ['server/whatsapp/library.ts', '@whiskeysockets/baileys'],
  ['server/start.ts', './store/sqlite.ts'],
  ['server/store/sqlite.ts', 'node:path'],
])('%s may import %s', (file, name) => {
  expect(offences(file, `import { x } from '${name}'`)).toEqual([])
})

test('files that import each other are named, though it be for types', () => {
  const sources = new Map([
    ['server/model/a.ts', "import type { B } from './b.ts'"],
    ['server/model/b.ts', "import type { C } from './deep/c.ts'"],
    ['server/model/deep/c.ts', "import type { A } from '../a.ts'"],
    ['server/model/d.ts', "import type { A } from './a.ts'"],
  ])
  expect(cycles(sources)).toEqual([
    'these import each other in a cycle: server/model/a.ts server/model/b.ts server/model/deep/c.ts',
  ])
})
