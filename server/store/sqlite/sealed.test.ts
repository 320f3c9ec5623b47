/** What waits in the file for its message: sealed, and bounded. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import type { Store } from '../../ports/store/store.ts'
import { budi, freshSession, message, messagesOf, now, own, owned, rina } from '../behaviour/examples.behaviour.ts'
import { me, sealed, sealedReader } from '../behaviour/sealed.behaviour.ts'
import { createSealer } from '../seal.ts'
import { openSqliteStore } from '../sqlite.ts'
import { connect } from './connection.ts'

const sealer = createSealer(randomBytes(32))

let folder: string
let file: string
let store: Store
let id: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-sealed-'))
  file = join(folder, 'parley.sqlite')
  store = await openSqliteStore({ file, sealer, sealedReader })
  id = await freshSession(store)
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const tell = (...facts: Fact[]) => store.ingest(owned(id), facts, now)
const bodies = async (chat = rina) =>
  Object.fromEntries((await messagesOf(store, id, chat)).map(({ waMessageId, body }) => [waMessageId, body]))
const waiting = async () => {
  const db = await connect(file)
  const rows = await db.all<{ wa_id: string }>('SELECT wa_id FROM sealed_waiting ORDER BY id')
  await db.close()
  return rows.map(({ wa_id }) => wa_id)
}
const raw = Buffer.from('S')

test('a waiting change is returned once, and nothing of it is readable in the file', async () => {
  const edit = sealed('edit', message('E'), 'A', `S ${rina} ${rina} new-words`)
  expect(await tell(edit)).toMatchObject({ messages: 0, unopened: 1 })
  for (const suffix of ['', '-wal']) expect((await readFile(file + suffix)).includes('new-words')).toBe(false)
  expect(await tell(message('A', { raw }))).toMatchObject({ messages: 1 })
})

test('waits until it opens, or its message was deleted for everyone', async () => {
  const edit = (n: number) => sealed('edit', message(`E${n}`), `M${n}`, `S ${rina} ${rina} new`)
  await tell(...[1, 2, 3].map(edit))
  expect(await waiting()).toEqual(['M1', 'M2', 'M3'])
  await tell(message('M1', { raw }))
  expect(await waiting()).toEqual(['M2', 'M3'])
  await tell({ kind: 'revoke', target: message('M2'), by: rina, at: now }, message('M2', { raw }), edit(2))
  expect(await waiting()).toEqual(['M3'])
})

test('new options of polls wait for a version that can read them, and do not count against other changes', async () => {
  await tell(message('A', { raw }), sealed('poll_option', message('V'), 'A', `S ${rina} ${rina} 1`))
  await tell(message('A', { raw }))
  expect(await waiting()).toEqual(['A'])
  const chats = Array.from({ length: 12 }, (_, n) => `62813${n}@s.whatsapp.net`)
  const edits = Array.from({ length: 1_200 }, (_, n) =>
    sealed('edit', message(`E${n}`, { chat: chats[n % 12] ?? '' }), `M${n}`, 'x'),
  )
  await tell(...edits)
  const ids = await waiting()
  // They are counted after each fifty.
  expect(ids.length).toBeGreaterThanOrEqual(1_001)
  expect(ids.length).toBeLessThan(1_060)
  expect([ids[0], ids.at(-1)]).toEqual(['A', 'M1199'])
})

test('votes that an earlier version could not read are counted with the next vote in their poll', async () => {
  const poll = { name: 'Seven?', options: ['yes', 'no'], selectableCount: 1 }
  await store.close()
  store = await openSqliteStore({ file, sealer })
  await tell(message('A', { type: 'poll', poll, raw }), sealed('vote', message('V'), 'A', `S ${rina} ${rina} yes`))
  expect(await waiting()).toEqual(['A'])
  await store.close()
  store = await openSqliteStore({ file, sealer, sealedReader })
  await tell(sealed('vote', own('W'), 'A', `S ${rina} ${me[0]} no`))
  expect(await waiting()).toEqual([])
  expect(await messagesOf(store, id, rina)).toMatchObject([
    { poll: { options: [{ votes: 1 }, { votes: 1 }], voters: [{ fromMe: true }, { senderJid: rina }] } },
  ])
})

test('one chat cannot evict what waits in another', async () => {
  await tell(sealed('edit', message('E', { chat: budi }), 'B', `S ${budi} ${budi} new`))
  await tell(...Array.from({ length: 1_500 }, (_, n) => sealed('comment', message(`C${n}`), `M${n}`, 'x')))
  expect((await waiting()).length).toBeLessThan(260)
  await tell(message('B', { chat: budi, raw }))
  expect(await bodies(budi)).toEqual({ B: 'new' })
})

test('of the changes that wait for one message the newest twenty are tried, and not again until something new is known', async () => {
  const tries: string[] = []
  const counting = {
    ...sealedReader,
    open: async (...args: Parameters<SealedReader['open']>) => void tries.push(args[0].carrier.id),
  }
  await store.close()
  store = await openSqliteStore({ file, sealer, sealedReader: counting })
  await tell(...Array.from({ length: 300 }, (_, n) => sealed('comment', message(`C${n}`), 'A', 'x')))
  await tell(message('A', { raw }))
  expect(tries).toEqual(Array.from({ length: 20 }, (_, n) => `C${280 + n}`))
  // Known, receipted, and edited: none of it brings a secret.
  await tell(message('A', { raw }), message('A', { raw, body: 'again' }))
  await tell({ kind: 'edit', target: message('A'), by: rina, body: 'new', at: now })
  expect(tries).toHaveLength(20)
})

test('waiting changes are bounded in bytes too, and the oldest is evicted', async () => {
  const large = 'x'.repeat(100_000)
  await tell(...Array.from({ length: 150 }, (_, n) => sealed('edit', message(`E${n}`), `M${n}`, large)))
  const ids = await waiting()
  expect(ids.length).toBeLessThan(130)
  expect(ids.at(-1)).toBe('M149')
})

test('is deleted with its session', async () => {
  await tell(sealed('edit', message('E'), 'A', 'x'), sealed('poll_option', message('V'), 'A', 'x'))
  await store.deleteSession(id)
  expect(await waiting()).toEqual([])
})
