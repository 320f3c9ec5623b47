/** Nothing that WhatsApp was told we have is lost, wherever the process or the connection ends. The senders never send again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Companion, type Loopback, startLoopback } from '../../loopback/index.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import type { MessageFact } from './facts.ts'
import { createWorld, type Moment, sessionId, sessionRow, type World } from './test-world.ts'

type Account = ReturnType<Loopback['account']>

let wa: Loopback
let folder: string
let store: Store
let world: World
let account: Account
let contact: Account
let companion: Companion
/** What happens to the connection of a process that dies. */
let cut: () => Promise<void>
let numbers = 0

beforeAll(async () => {
  wa = await startLoopback()
})
afterAll(() => wa.close())

beforeEach(async () => {
  numbers += 1
  cut = async () => companion.drop()
  account = wa.account({ pn: `62821000${numbers}`, lid: `9871000${numbers}` })
  contact = wa.account({ pn: `62855500${numbers}`, name: 'Ani' })
  folder = await mkdtemp(join(tmpdir(), 'parley-journal-'))
  store = await openSqliteStore({ file: join(folder, 'parley.sqlite') })
  await store.insertSession(sessionRow)
  world = createWorld({ store, wa, cut: () => cut() })
  const pairing = world.begin()
  companion = await account.phone.scanQR((await pairing.event('qr')).code)
  await pairing.event('closed')
})
afterEach(async () => {
  await world.close()
  await store.close()
  await rm(folder, { recursive: true })
  expect(wa.unhandled).toEqual([])
})

const receiptsOf = (id: string) => wa.ledger.of(companion.jid, id)

const withId = (id: string) => (fact: { kind: string; id?: string }) => fact.kind === 'message' && fact.id === id

/** Live until nothing waits at WhatsApp and all that came is stored; then the connection is closed. */
const settle = async () => {
  const life = world.begin()
  await life.event('open')
  while (companion.queue.size > 0) await wa.next('receipt')
  await vi.waitFor(async () => expect(await store.listJournal(sessionId, { limit: 10 })).toEqual([]), 5_000)
  await life.client.close()
  return life
}

const journals = ({ call, args }: Moment) => call === 'writeKeys' && Array.isArray(args[2]) && args[2].length > 0
const stores = ({ call, args }: Moment, id: string) =>
  call === 'ingest' && Array.isArray(args[1]) && args[1].some((fact) => withId(id)(fact as MessageFact))

/** Where a process can end on the way of one message, and whether its receipt is out then. */
const points = {
  'before its keys are written': {
    at: (moment: Moment) => moment.when === 'before' && journals(moment),
    receipted: false,
  },
  'before its receipt': { at: (moment: Moment) => moment.when === 'after' && journals(moment), receipted: false },
  'before it is stored': {
    at: (moment: Moment, id: string) => moment.when === 'before' && stores(moment, id),
    receipted: true,
  },
  'when it is stored': {
    at: (moment: Moment, id: string) => moment.when === 'after' && stores(moment, id),
    receipted: true,
  },
}

/** Each way in which a message comes. What is sent before the process dies, and the chat it is to be found in. */
const kinds = {
  'a first message': async () => ({ chat: contact.pn, send: () => contact.phone.send(account.pn, 'precious') }),
  'a message': async () => {
    await contact.phone.send(account.pn, 'before')
    await settle()
    return { chat: contact.pn, send: () => contact.phone.send(account.pn, 'precious') }
  },
  'an own message': async () => ({
    chat: contact.pn,
    send: () => account.phone.send(contact.pn, 'precious'),
  }),
  'a first group message': async () => {
    const group = wa.group({ subject: 'Team', members: [account, contact], byLid: true })
    return { chat: group.jid, send: () => contact.phone.send(group.jid, 'precious') }
  },
  'a group message': async () => {
    const group = wa.group({ subject: 'Team', members: [account, contact], byLid: true })
    await contact.phone.send(group.jid, 'before')
    await settle()
    return { chat: group.jid, send: () => contact.phone.send(group.jid, 'precious') }
  },
  'a message without encryption': async () => ({
    chat: contact.pn,
    send: () => contact.phone.send(account.pn, 'precious', { plain: true }),
  }),
}

describe.each(Object.entries(kinds))('%s', (_, prepare) => {
  test.each(Object.entries(points))('is stored once when the process dies %s', async (_, { at, receipted }) => {
    const { chat, send } = await prepare()
    const id = await send()
    if (receipted) cut = () => wa.next('receipt', ({ messageId }) => messageId === id).then(() => companion.drop())
    await world.begin((moment) => at(moment, id)).dead
    expect(receiptsOf(id).length).toBe(receipted ? 1 : 0)

    await settle()

    expect((await world.textsOf(chat)).filter((message) => message.body === 'precious')).toEqual([
      { id, body: 'precious' },
    ])
    expect(receiptsOf(id).filter(({ type, error }) => type === 'retry' || error !== undefined)).toEqual([])
    expect(companion.queue.size).toBe(0)
  })
})
