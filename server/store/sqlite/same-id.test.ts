/** Strangers choose the ids of messages, and whose message a mark is for: what a batch costs goes with the batch alone. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  budi,
  freshSession,
  group,
  inGroup,
  messagesOf,
  now,
  only,
  owned,
  rina,
  rinaLid,
} from '../behaviour/examples.behaviour.ts'
import { createSealer } from '../seal.ts'
import { openSqliteStore } from '../sqlite.ts'
import { type Connection, connect } from './connection.ts'
import { createIngest } from './ingest.ts'
import { createOwners } from './owners.ts'
import { createRaws } from './raws.ts'
import { createWriter } from './writer.ts'

let folder: string
let store: Store
let db: Connection
let id: string
/** Told to an ingest whose connection counts the rows that it gives. */
let tell: (...facts: Fact[]) => Promise<number>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-same-id-'))
  const file = join(folder, 'parley.sqlite')
  const sealer = createSealer(randomBytes(32))
  store = await openSqliteStore({ file, sealer })
  id = await freshSession(store)
  db = await connect(file)
  let rows = 0
  const counting: Connection = {
    ...db,
    async all<Row>(...args: Parameters<Connection['all']>) {
      const read = await db.all<Row>(...args)
      rows += read.length
      return read
    },
  }
  const raws = createRaws(() => counting, sealer)
  let ids = 0
  const newId = () => {
    ids += 1
    return `msg_${String(ids).padStart(26, '0')}`
  }
  const writer = createWriter(counting)
  const { ingest } = createIngest({ writer, fence: createOwners(writer, () => {}).fence, raws, newId, sealer })
  tell = async (...facts) => {
    rows = 0
    await ingest(owned(id), facts, now)
    return rows
  }
})
afterEach(async () => {
  await db.close()
  await store.close()
  await rm(folder, { recursive: true })
})

const count = 400
const member = (n: number) => `62877${String(n).padStart(7, '0')}@s.whatsapp.net`
const members = Array.from({ length: count }, (_, n) => member(n))
const edit = (sender: string, n: number): Fact => ({
  kind: 'edit',
  target: { chat: group, id: 'SAME', fromMe: false, sender },
  by: sender,
  body: `edit ${n}`,
  at: now + n,
})
const revoke = (sender: string): Fact => ({
  kind: 'revoke',
  target: { chat: group, id: 'SAME', fromMe: false, sender },
  by: rina,
  at: now,
})
const waiting = async () =>
  (await db.all<{ jid: string }>('SELECT a.jid FROM waiting w JOIN addresses a ON a.id = w.sender ORDER BY w.id')).map(
    ({ jid }) => jid,
  )

test('a batch reads no more of the messages of one id the more of them there are', async () => {
  const history = members.map((sender) => inGroup('SAME', sender))
  const first = await tell(...history.slice(0, 50))
  await tell(...history.slice(50, -50))
  // The same as where nothing was, and one row for the group.
  expect(await tell(...history.slice(-50))).toBeLessThanOrEqual(first + 1)
  expect((await messagesOf(store, id, group)).length).toBe(count)
})

test('many edits of one message read it once, and nothing of the others who have its id', async () => {
  await tell(...members.map((sender) => inGroup('SAME', sender)))
  const rows = await tell(...members.map((_, n) => edit(member(0), n)))
  expect(rows).toBeLessThanOrEqual(10)
  const edited = only(await messagesOf(store, id, group), 'senderJid', 'body').filter(
    ({ body }) => body !== 'text of SAME',
  )
  expect(edited).toEqual([{ senderJid: member(0), body: `edit ${count - 1}` }])
})

test('of the marks that wait for one id the newest twenty are kept, whichever sender they name', async () => {
  await tell(...members.slice(0, 200).map(revoke))
  expect(await waiting()).toEqual(members.slice(180, 200))
  const [one, more] = [await tell(revoke(member(200))), await tell(...members.slice(201).map(revoke))]
  expect(await waiting()).toEqual(members.slice(-20))
  // A person of whom nothing was known is written and read back: nothing else is read.
  expect(more).toBeLessThanOrEqual(one * 199)
  expect(one).toBeLessThanOrEqual(10)

  await tell(...members.map((sender) => inGroup('SAME', sender)), inGroup('OTHER', budi))
  const deleted = (await messagesOf(store, id, group)).filter((shown) => shown.deleted)
  expect(deleted.map(({ senderJid }) => senderJid).toSorted()).toEqual(members.slice(-20))
  expect(await waiting()).toEqual([])
})

test('the author whom an edit names is not stored as a person', async () => {
  await tell(inGroup('SAME', rina))
  await tell(...members.map((sender, n) => ({ ...edit(sender, n), by: rina })))
  expect(await db.all('SELECT jid FROM addresses ORDER BY id')).toHaveLength(2)
  expect(only(await messagesOf(store, id, group), 'body')).toEqual([{ body: `edit ${count - 1}` }])
})

test('a deletion without a sender applies to at most a few messages with its id', async () => {
  await tell(...members.map((sender) => inGroup('SAME', sender)))
  const remove: Fact = { kind: 'remove', target: { chat: group, id: 'SAME', fromMe: false } }
  expect(await tell(...members.map(() => remove))).toBeLessThanOrEqual(20)
  expect((await messagesOf(store, id, group)).length).toBe(count - 4)
})

test('of a person with any number of addresses the named one and the newest are tried', async () => {
  const aliases = members.map((pn): Fact => ({ kind: 'alias', lid: rinaLid, pn }))
  await tell(...aliases)
  await tell(...members.slice(0, 200).map((sender, n) => inGroup(`M${n}`, sender)))
  const again = members.slice(0, 200).map((sender, n) => inGroup(`M${n}`, sender))
  expect(await tell(...again)).toBeLessThanOrEqual(3 * again.length)
  await tell(inGroup('M1', member(0)), inGroup('NEW', member(count - 3)), inGroup('NEW', member(count - 1)))
  const ids = only(await messagesOf(store, id, group), 'waMessageId').map(({ waMessageId }) => waMessageId)
  // M1 came under an address that is neither, so it is not found again.
  expect(ids.toSorted()).toEqual([...again.map((fact) => fact.id), 'M1', 'NEW'].toSorted())
})
