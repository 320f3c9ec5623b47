import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proto } from '@whiskeysockets/baileys'
import { expect, onTestFinished, test } from 'vitest'
import { sealUnder } from '../../../loopback/people/sealing.ts'
import type { SealedFact } from '../../model/facts.ts'
import { createLibraryReader } from '../../whatsapp/baileys.ts'
import { chatsOf, message, messagesOf, now, owned } from '../behaviour/examples.behaviour.ts'
import { createSealer } from '../seal.ts'
import { openSqliteStore } from '../sqlite.ts'

/** Made by the version before: see the README beside it. */
const before = join(import.meta.dirname, '../../../test/fixtures/poisoned-8b39a87/parley.db')

const contact = '628555000001@s.whatsapp.net'
const secret = randomBytes(32)
const raw = proto.Message.encode({ conversation: 'a', messageContextInfo: { messageSecret: secret } }).finish()

const editOf = (id: string, words: string): SealedFact => {
  const { raw: _, ...carrier } = message(`edit of ${id}`, { chat: contact })
  const edit = { type: 14, key: { id }, editedMessage: { conversation: words } }
  const content = proto.Message.encode({ protocolMessage: edit }).finish()
  const { encIv, encPayload } = sealUnder('edit', { id, secret, author: contact, sender: contact }, content)
  return { kind: 'sealed', holds: 'edit', carrier, targetId: id, own: [], at: now, iv: encIv, payload: encPayload }
}

test('a database of the version before: old messages are served, what is sealed under them waits, new ones work', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-0005-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'parley.db')
  await copyFile(before, file)
  const sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ file, sealer, sealedReader: createLibraryReader(() => now) })
  onTestFinished(() => store.close())
  const [session] = await store.sessionsAtWork()
  const id = session?.id ?? ''
  const owner = (await store.acquire(id))?.owned ?? owned(id)
  const shown = async (waId: string) =>
    (await messagesOf(store, id, contact)).find(({ waMessageId }) => waMessageId === waId)

  const old = (await messagesOf(store, id, contact)).find(({ body }) => body === 'stored before the poison')
  const oldId = String(old?.waMessageId)
  expect(await chatsOf(store, id)).toHaveLength(3)
  expect(await store.findRaw(id, { chat: contact, id: oldId, fromMe: false })).toBeUndefined()

  expect(await store.ingest(owner, [editOf(oldId, 'sealed words')], now)).toMatchObject({ messages: 0, unopened: 1 })
  expect(await shown(oldId)).toEqual(old)

  await store.ingest(owner, [message('NEW', { chat: contact, raw }), editOf('NEW', 'new words')], now)
  expect(await shown('NEW')).toMatchObject({ body: 'new words', edited: true })

  // A history has it with its secret: what waited opens.
  await store.ingest(owner, [message(oldId, { chat: contact, raw, live: false })], now)
  expect(await shown(oldId)).toMatchObject({ id: old?.id, body: 'sealed words', edited: true })
})
