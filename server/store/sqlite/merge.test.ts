/** Two addresses turn out to be one person: however much was stored of both, no commit holds more than a piece of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  budi,
  chatOf,
  freshSession,
  group,
  inGroup,
  message,
  messagesOf,
  now,
  owned,
  rina,
  rinaLid,
  rinasAlias,
} from '../behaviour/examples.behaviour.ts'
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
let tell: (...facts: Fact[]) => Promise<unknown>
/** Rows of messages that each commit wrote or took away. */
let commits: number[]
let commitsLeft: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-merge-'))
  const file = join(folder, 'parley.sqlite')
  store = await openSqliteStore({ file })
  id = await freshSession(store)
  db = await connect(file)
  await db.script(`
    CREATE TEMP TABLE touched (n);
    CREATE TEMP TRIGGER inserted AFTER INSERT ON messages BEGIN INSERT INTO touched VALUES (1); END;
    CREATE TEMP TRIGGER updated AFTER UPDATE ON messages BEGIN INSERT INTO touched VALUES (1); END;
    CREATE TEMP TRIGGER deleted AFTER DELETE ON messages BEGIN INSERT INTO touched VALUES (1); END;
  `)
  commits = []
  commitsLeft = Number.POSITIVE_INFINITY
  const counting: Connection = {
    ...db,
    async all(sql, ...values) {
      if (sql === 'COMMIT') {
        if (commitsLeft === 0) throw new StoreUnavailable('the process ends here')
        commitsLeft -= 1
        commits.push((await db.all('DELETE FROM touched RETURNING n')).length)
      }
      return db.all(sql, ...values)
    },
  }
  const raws = createRaws(() => counting, undefined)
  let ids = 0
  const newId = () => {
    ids += 1
    return `msg_${String(ids).padStart(26, '0')}`
  }
  const writer = createWriter(counting)
  const { ingest } = createIngest({ writer, fence: createOwners(writer, () => {}).fence, raws, newId })
  tell = (...facts) => ingest(owned(id), facts, now)
})
afterEach(async () => {
  await db.close()
  await store.close()
  await rm(folder, { recursive: true })
})

const count = 1_700
/** A twin is changed, deleted, moved. */
const mostOfCommit = 3 * 100
const times = Array.from({ length: count }, (_, n) => n)
const idsOf = async (cid: string) => (await messagesOf(store, id, cid)).map(({ waMessageId }) => String(waMessageId))

/** Of each ten messages five are in both chats, two only here and three only there; the last hundred are unread here. */
const tellChats = async () => {
  const at = (n: number) => ({ timestamp: now - 1_000_000 + n })
  await tell(...times.filter((n) => n % 10 < 7).map((n) => message(`M${n}`, at(n))))
  await tell(...times.filter((n) => n % 10 < 5 || n % 10 > 6).map((n) => message(`M${n}`, { chat: rinaLid, ...at(n) })))
  await tell({ kind: 'chat', jid: rina, unreadCount: 100 }, { kind: 'chat', jid: rinaLid, unreadCount: 0 })
  commits = []
}
/** Those that nobody has read in the other chat either. */
const unread =
  100 -
  times
    .filter((n) => n % 10 < 7)
    .slice(-100)
    .filter((n) => n % 10 < 5).length

const expectOne = async () => {
  expect(await idsOf(rina)).toEqual(times.map((n) => `M${n}`).toReversed())
  expect(await chatOf(store, id, rina)).toMatchObject({ aliases: [rinaLid], unreadCount: unread })
  expect(await db.all('SELECT id FROM chats WHERE peer_id IS NOT NULL')).toHaveLength(1)
}

test('two long chats become one piece by piece, and what the session imports meanwhile comes after it', async () => {
  await tellChats()
  const order: string[] = []
  await Promise.all([
    tell(rinasAlias).then(() => order.push('alias')),
    tell(message('AFTER', { timestamp: now })).then(() => order.push('after')),
  ])
  expect(order).toEqual(['alias', 'after'])
  expect(Math.max(...commits)).toBeLessThanOrEqual(mostOfCommit)
  expect(commits.length).toBeGreaterThan(10)
  expect((await idsOf(rina)).slice(0, 2)).toEqual(['AFTER', `M${count - 1}`])
  expect(await chatOf(store, id, rina)).toMatchObject({ unreadCount: unread + 1 })
  await tell({ kind: 'read', chat: rina })
  expect(await chatOf(store, id, rina)).toMatchObject({ unreadCount: 0 })
})

test.each([1, 7, 12])(
  'goes on where it broke off, after %i commits, when the addresses are told again',
  async (done) => {
    await tellChats()
    commitsLeft = done
    await expect(tell(rinasAlias)).rejects.toThrow(StoreUnavailable)
    expect(new Set([...(await idsOf(rina)), ...(await idsOf(rinaLid))]).size).toBe(count)
    commitsLeft = Number.POSITIVE_INFINITY
    await tell(rinasAlias)
    expect(Math.max(...commits)).toBeLessThanOrEqual(mostOfCommit)
    await expectOne()
  },
)

test.each([rina, rinaLid])(
  'messages up to the time at which the chat of %s was cleared are deleted piece by piece',
  async (chat) => {
    await tellChats()
    await tell({ kind: 'clear', chat, until: now - 1_000_000 + 1_500, gone: false })
    expect(Math.max(...commits)).toBeLessThanOrEqual(500)
    commits = []
    await tell(rinasAlias)
    expect(Math.max(...commits)).toBeLessThanOrEqual(500)
    expect(await idsOf(rina)).toEqual(
      times
        .slice(1_501)
        .map((n) => `M${n}`)
        .toReversed(),
    )
  },
)

test('messages that one person wrote in a group under both addresses become one piece by piece', async () => {
  for (const sender of [rina, rinaLid, budi]) await tell(...times.map((n) => inGroup(`M${n}`, sender)))
  commits = []
  await tell(rinasAlias)
  expect(Math.max(...commits)).toBeLessThanOrEqual(mostOfCommit)
  expect((await idsOf(group)).length).toBe(2 * count)
  expect(await chatOf(store, id, group)).toMatchObject({ unreadCount: 2 * count })
})

test('so do those of two people in one group, each under both addresses', async () => {
  const [sari, sarisLid] = ['6281222222222@s.whatsapp.net', '71999999999999@lid']
  const some = times.slice(0, 500)
  for (const sender of [rina, rinaLid, sari, sarisLid]) await tell(...some.map((n) => inGroup(`M${n}`, sender)))
  commits = []
  await tell(rinasAlias, { kind: 'alias', pn: sari, lid: sarisLid })
  // The last piece of the one, and a first one of the other.
  expect(Math.max(...commits)).toBeLessThanOrEqual(2 * mostOfCommit)
  expect((await idsOf(group)).length).toBe(2 * some.length)
})

test('when many people have two addresses each, a commit joins a few of them', async () => {
  const people = Array.from({ length: 30 }, (_, n) => ({
    pn: `62877000${100 + n}@s.whatsapp.net`,
    lid: `77${100 + n}@lid`,
  }))
  for (const { pn, lid } of people)
    await tell(...[pn, lid].flatMap((chat) => times.slice(0, 30).map((n) => message(`M${n}`, { chat }))))
  commits = []
  await tell(...people.map(({ pn, lid }): Fact => ({ kind: 'alias', pn, lid })))
  expect(Math.max(...commits)).toBeLessThanOrEqual(mostOfCommit)
  expect(await db.all('SELECT id FROM messages')).toHaveLength(30 * 30)
})
