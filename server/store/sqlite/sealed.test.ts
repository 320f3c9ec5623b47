/** What the store does with content that is sealed under messages: this reader opens what names the secret in clear text. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fact, SealedFact, SealedKind } from '../../model/facts.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  budi,
  freshSession,
  group,
  inGroup,
  message,
  messagesOf,
  now,
  only,
  own,
  rina,
  rinaLid,
  rinasAlias,
} from '../behaviour/examples.behaviour.ts'
import { createSealer } from '../seal.ts'
import { openSqliteStore } from '../sqlite.ts'
import { connect } from './connection.ts'

const me = ['11@lid', '6280000000000@s.whatsapp.net']
const sealer = createSealer(randomBytes(32))

/** A message's protobuf is its secret; a payload is `secret author sender words`, and 16 bytes more. */
const sealedReader: SealedReader = {
  secretOf: async (raw) => raw,
  async open({ holds, carrier, targetId, at, payload }, { secret, authors, senders }) {
    const [named = '', author = '', sender = '', ...words] = Buffer.from(payload.subarray(0, -16)).toString().split(' ')
    if (named !== Buffer.from(secret).toString() || !authors.includes(author) || !senders.includes(sender)) return
    const body = words.join(' ')
    if (holds === 'comment') return [{ kind: 'message', ...carrier, type: 'text', body, quotedMessageId: targetId }]
    const by = carrier.fromMe ? 'me' : (carrier.sender ?? carrier.chat)
    return [{ kind: 'edit', target: { ...carrier, id: targetId }, by, body, at }]
  },
}

const sealed = (
  holds: SealedKind,
  { raw: _, ...carrier }: ReturnType<typeof message>,
  targetId: string,
  text: string,
): SealedFact => ({
  kind: 'sealed',
  holds,
  carrier,
  targetId,
  own: me,
  at: now,
  iv: randomBytes(12),
  payload: Buffer.concat([Buffer.from(text), randomBytes(16)]),
})

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

const tell = (...facts: Fact[]) => store.ingest(id, facts, now)
const bodies = async (chat = rina) =>
  Object.fromEntries((await messagesOf(store, id, chat)).map(({ waMessageId, body }) => [waMessageId, body]))
const waiting = async () => {
  const db = await connect(file)
  const rows = await db.all<{ wa_id: string }>('SELECT wa_id FROM sealed_waiting ORDER BY id')
  await db.close()
  return rows.map(({ wa_id }) => wa_id)
}
const raw = Buffer.from('S')

test('opens whether it comes before, with or after its message, and however often', async () => {
  const edit = sealed('edit', message('E'), 'A', `S ${rina} ${rina} new`)
  const orders = [
    [[message('A', { raw }), edit]],
    [[edit, message('A', { raw })]],
    [[edit], [edit, message('A', { raw })], [edit]],
    [[message('A', { raw })], [edit], [edit]],
    [[message('A', { undecryptable: true })], [edit], [message('A', { raw })]],
    [[message('A')], [edit], [message('A', { raw })]],
  ]
  for (const calls of orders) {
    id = await freshSession(store)
    for (const facts of calls) await tell(...facts)
    expect(await bodies()).toEqual({ A: 'new' })
  }
  expect(await waiting()).toEqual([])
})

test('what waits is told once, and nothing of it can be read in the file', async () => {
  const edit = sealed('edit', message('E'), 'A', `S ${rina} ${rina} new-words`)
  expect(await tell(edit)).toEqual({ messages: 0, unopened: 1 })
  for (const suffix of ['', '-wal']) expect((await readFile(file + suffix)).includes('new-words')).toBe(false)
  expect(await tell(message('A', { raw }))).toEqual({ messages: 1 })
})

test('opens when it is known that two addresses are one person: of the author, the sender, and the chat', async () => {
  const byLid = { sender: rinaLid }
  await tell(
    message('A', { raw }),
    sealed('edit', message('E', { chat: rinaLid }), 'A', `S ${rina} ${rinaLid} new`),
    inGroup('G', rina, { raw }),
    sealed('edit', { ...inGroup('F', rinaLid), ...byLid }, 'G', `S ${rinaLid} ${rinaLid} new in the group`),
  )
  expect(await waiting()).toHaveLength(2)
  await tell(rinasAlias)
  expect([await bodies(), await bodies(group)]).toEqual([{ A: 'new' }, { G: 'new in the group' }])
  expect(await waiting()).toEqual([])
})

test('belongs to its session, its chat and its author', async () => {
  await tell(message('A', { raw }), inGroup('A', budi, { raw }), own('A', { raw }))
  const other = await freshSession(store)
  await store.ingest(other, [sealed('edit', message('E'), 'A', `S ${rina} ${rina} new`)], now)
  await tell(
    sealed('edit', message('E', { chat: budi }), 'A', `S ${rina} ${budi} new`),
    sealed('edit', inGroup('F', rina), 'A', `S ${budi} ${rina} new`),
    sealed('edit', message('G'), 'A', `S ${me[0]} ${rina} new`),
  )
  expect(await bodies(group)).toEqual({ A: 'text of A' })
  expect(Object.values(await bodies())).toEqual(['text of A'])
})

test('an own message is known by the addresses of the account', async () => {
  await tell(own('A', { raw }), sealed('edit', own('E'), 'A', `S ${me[0]} ${me[1]} new`))
  expect(await bodies()).toEqual({ A: 'new' })
})

test('a message that opens late has the place in which it came', async () => {
  const comment = sealed('comment', message('C'), 'A', `S ${rina} ${rina} a comment`)
  await tell(comment, message('B'))
  await tell(message('A', { raw, timestamp: now - 5_000 }))
  expect(only(await messagesOf(store, id, rina), 'waMessageId')).toEqual(
    ['B', 'C', 'A'].map((waMessageId) => ({ waMessageId })),
  )
})

test('of a message that was deleted for everyone nothing waits', async () => {
  const revoke: Fact = { kind: 'revoke', target: message('A'), by: rina, at: now }
  const edit = sealed('edit', message('E'), 'A', `S ${rina} ${rina} new`)
  await tell(edit)
  await tell(revoke, message('A', { raw }))
  await tell(edit)
  expect(await waiting()).toEqual([])
  expect((await messagesOf(store, id, rina))[0]).toMatchObject({ deleted: true })
})

test('votes wait for a version that reads them, whatever comes, and beside all others', async () => {
  await tell(message('A', { raw }), sealed('vote', message('V'), 'A', `S ${rina} ${rina} 1`))
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

test('one chat cannot push out what waits in another', async () => {
  await tell(sealed('edit', message('E', { chat: budi }), 'B', `S ${budi} ${budi} new`))
  await tell(...Array.from({ length: 1_500 }, (_, n) => sealed('comment', message(`C${n}`), `M${n}`, 'x')))
  expect((await waiting()).length).toBeLessThan(260)
  await tell(message('B', { chat: budi, raw }))
  expect(await bodies(budi)).toEqual({ B: 'new' })
})

test('of what waits for one message the newest twenty are tried, once for each thing that is new', async () => {
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

test('what waits has a bound in bytes too, the oldest gives way', async () => {
  const large = 'x'.repeat(100_000)
  await tell(...Array.from({ length: 150 }, (_, n) => sealed('edit', message(`E${n}`), `M${n}`, large)))
  const ids = await waiting()
  expect(ids.length).toBeLessThan(130)
  expect(ids.at(-1)).toBe('M149')
})

test('goes with its session', async () => {
  await tell(sealed('edit', message('E'), 'A', 'x'), sealed('vote', message('V'), 'A', 'x'))
  await store.deleteSession(id)
  expect(await waiting()).toEqual([])
})
