/** Histories as phones send them and as nobody should, over a media host that breaks off: nothing but the history itself suffers. */
import type { proto } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { History, Loopback, MediaFault } from '../../../loopback/index.ts'
import type { MessageFact } from '../../model/facts.ts'
import { inWorlds, type Life, type LifeOptions, sessionId, stores, type World } from '../test-world.ts'
import { chat, field, history, message, nested, packed, repeated } from './test-histories.ts'

let wa: Loopback
let world: World
let contact: ReturnType<Loopback['account']>
let contacts = 0
const lives: Life[] = []

inWorlds(
  (...made) => {
    ;[wa, world] = made
  },
  { shared: true },
)
const newContact = () => {
  contacts += 1
  return wa.account({ pn: `628777000${contacts}`, lid: `98777000${contacts}`, name: 'Ani' })
}
beforeEach(() => {
  contact = newContact()
})
afterEach(async () => {
  await Promise.all(lives.splice(0).map(({ client }) => client.close()))
  expect(await journal()).toEqual([])
})

const texts = async (jid = contact.pn) => (await world.messagesOf(jid)).map(({ body }) => body)

const recent = (): History => ({
  type: 'recent',
  chats: [{ jid: contact.pn, unreadCount: 2, messages: [{ id: 'H1', at: 1_700_000_000_000, content: 'old' }] }],
})

const journal = () => world.store.listJournal(sessionId, { limit: 10 })

/** All has come, and its entries are done with. */
const settled = async () => {
  await vi.waitFor(() => expect(world.companion.queue.size).toBe(0), 20_000)
  await vi.waitFor(async () => expect((await journal()).length).toBe(0), 20_000)
}

const kinds: string[] = []
const counting: LifeOptions = {
  onUnreadable: (kind) => {
    kinds.push(kind)
  },
}

const begin = async (options: LifeOptions = {}): Promise<Life> => {
  kinds.length = 0
  const life = world.begin({}, { ...counting, ...options })
  lives.push(life)
  await life.event('open')
  return life
}

/** A message of somebody else goes through meanwhile. */
const goesOn = async (life: Life, body: string) => {
  await contact.phone.send(world.account.pn, body)
  await life.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.body === body)
  expect(life.events.filter(({ type }) => type === 'closed')).toEqual([])
}

const another = async (life: Life) => {
  await life.client.close()
  return begin()
}

describe('a history on the media host', () => {
  test('is stored with its counter, and the library never looks at it', async () => {
    await world.account.phone.sendHistory(recent(), undefined, { blob: true })
    const life = await begin()
    await settled()
    expect(await texts()).toEqual(['old'])
    expect(await world.unreadOf(contact.pn)).toBe(2)
    expect(kinds).toEqual([])
    await goesOn(life, 'after it')
  })

  test('is not begun again when the process ends right after it was stored: what is read and comes then counts', async () => {
    const life = world.begin({ diesAt: (moment) => moment.when === 'after' && stores(moment, 'H1') }, counting)
    lives.push(life)
    await life.event('open')
    await world.account.phone.sendHistory(recent())
    await life.dead
    expect(await journal()).toEqual([])
    await goesOn(await begin(), 'after it')
    await settled()
    expect(await world.unreadOf(contact.pn)).toBe(3)
  })

  const passing: MediaFault[] = ['reset', 'close', 'false-gzip', 'gzip', 'stall', 'silent', 'drip', 500, 403]
  const spoiled: MediaFault[] = ['garbage', 'corrupt', 'short']
  const final: MediaFault[] = ['long', 'endless', 404, 410, { redirect: 'http://127.0.0.1:1/' }]

  test.each([...passing, ...spoiled])('is tried again after %j', async (fault) => {
    wa.faults.onMedia(() => true, fault, 1)
    await world.account.phone.sendHistory(recent(), undefined, { blob: true })
    const life = await begin()
    await goesOn(life, 'meanwhile')
    await settled()
    expect(await texts()).toContain('old')
    expect(kinds).toEqual([])
  })

  test.each(passing.slice(0, 3))(
    'waits for the next connection, and the next process, while there is only %j',
    async (fault) => {
      const logged = world.log.text().length
      wa.faults.onMedia(() => true, fault)
      await world.account.phone.sendHistory(recent(), undefined, { blob: true })
      let life = await begin()
      await vi.waitFor(
        () => expect(world.log.text().slice(logged)).toContain('is continued at the next connection'),
        10_000,
      )
      await goesOn(life, 'one')
      life = await another(life)
      await goesOn(life, 'two')
      expect(await journal()).toHaveLength(1)
      wa.faults.clear()
      life = await another(life)
      await settled()
      expect(await texts()).toEqual(['old', 'one', 'two'])
      await goesOn(life, 'three')
    },
  )

  test.each([...final, ...spoiled])('is given up at once, and for good, when there is %j', async (fault) => {
    wa.faults.onMedia(() => true, fault)
    await world.account.phone.sendHistory(recent(), undefined, { blob: true })
    const life = await begin()
    await settled()
    expect(kinds).toEqual(['history'])
    await goesOn(life, 'meanwhile')
    const next = await another(life)
    await goesOn(next, 'afterwards')
    expect(kinds).toEqual([])
    expect(await texts()).toEqual(['meanwhile', 'afterwards'])
  })

  test('that is announced twice is fetched once', async () => {
    const life = await begin()
    wa.faults.onMedia(() => true, 'stall', 1)
    const reference = wa.media.put(packed(history(chat(contact.pn, [message('H1', contact.pn)]))), 'history')
    const notification = { syncType: 3, ...reference }
    await world.account.phone.notifyHistory(notification)
    await wa.next('download', ({ path }) => path === reference.directPath)
    await world.account.phone.notifyHistory(notification)
    await settled()
    await wa.next('download', ({ path }) => path === reference.directPath)
    await expect(wa.next('download', ({ path }) => path === reference.directPath, 50)).rejects.toThrow()
    await goesOn(life, 'after it')
  })

  test.each([
    ['years of it', { syncType: 2 }],
    ['of a type that nobody knows', { syncType: 99 }],
    ['that says nothing', { syncType: 3 }],
    ['without a path', { syncType: 3, mediaKey: Buffer.alloc(32) }],
    ['with a path elsewhere', { syncType: 3, mediaKey: Buffer.alloc(32), directPath: '@evil.example/' }],
    ['with a key of five bytes', { syncType: 3, mediaKey: Buffer.alloc(5), directPath: '/nothing' }],
    ['that is garbage', { syncType: 3, initialHistBootstrapInlinePayload: Buffer.from('garbage') }],
    ['that is packed garbage', { syncType: 3, initialHistBootstrapInlinePayload: packed(Buffer.from('garbage')) }],
    ['of no bytes', { syncType: 3, initialHistBootstrapInlinePayload: Buffer.alloc(0) }],
  ])('one %s is settled', async (_, notification) => {
    const life = await begin()
    wa.faults.onMedia(() => true, 404)
    await world.account.phone.notifyHistory({
      ...notification,
      ...('directPath' in notification &&
        notification.directPath === '/nothing' && { directPath: wa.media.put(Buffer.alloc(1), 'history').directPath }),
    } as proto.Message.IHistorySyncNotification)
    await settled()
    await goesOn(life, 'after it')
  })
})

describe('a history that only a modified phone sends', () => {
  const jid = () => contact.pn
  const good = (id: string) => message(id, jid())
  /** Of each piece many times more than is taken. */
  const much = 4_000_000
  /** More than is unpacked. */
  const tooMuch = 70_000_000
  const bombs: [string, () => Buffer, string[]][] = [
    ['millions of empty chats', () => history(repeated(Buffer.of(18, 0), much)), []],
    ['more zeros than are unpacked', () => history(Buffer.alloc(tooMuch)), []],
    [
      'a good chat before more empty ones than are unpacked',
      () => history(chat(jid(), [good('A')]), repeated(Buffer.of(18, 0), tooMuch)),
      ['A'],
    ],
    [
      'a good chat after millions of names',
      () => history(repeated(Buffer.of(58, 0), much), chat(jid(), [good('A')])),
      ['A'],
    ],
    [
      'a good chat after millions of pairs of addresses',
      () => history(repeated(Buffer.of(122, 0), much), chat(jid(), [good('A')])),
      ['A'],
    ],
    [
      'a chat with a million empty messages',
      () => history(chat(jid(), [good('A')], repeated(Buffer.of(18, 2, 10, 0), much))),
      ['A'],
    ],
    [
      'a chat with a million members',
      () =>
        history(chat('120363000000000009@g.us', [], repeated(Buffer.of(162, 1, 0), much)), chat(jid(), [good('A')])),
      ['A'],
    ],
    [
      'a message of four million bytes',
      () => history(chat(jid(), [good('B'), message('BIG', jid(), { conversation: 'x'.repeat(much) }), good('A')])),
      ['A', 'B'],
    ],
    [
      'a message of a million reactions',
      () =>
        history(
          chat(jid(), [good('B'), Buffer.concat([good('R'), repeated(Buffer.of(202, 2, 0), 1_000_000)]), good('A')]),
        ),
      ['A', 'B'],
    ],
    [
      'a message nested a hundred thousand times',
      () => history(chat(jid(), [good('B'), Buffer.concat([good('N'), field(2, nested(100_000))]), good('A')])),
      ['A', 'B'],
    ],
    [
      'a message that is broken between two that are not',
      () => history(chat(jid(), [good('B'), Buffer.from('garbage'), good('A')])),
      ['A', 'B'],
    ],
    [
      'a message without a key',
      () => history(chat(jid(), [good('B'), field(2, Buffer.alloc(0)), good('A')])),
      ['A', 'B'],
    ],
    [
      'a chat without a name or a number',
      () => history(field(2, field(2, field(1, good('Z')))), chat(jid(), [good('A')])),
      ['A'],
    ],
    ['a chat that is broken', () => history(field(2, Buffer.from('garbage')), chat(jid(), [good('A')])), ['A']],
    ['a chat that ends early', () => history(chat(jid(), [good('B'), good('A')])).subarray(0, -5), ['B']],
    ['groups of the wire nested', () => history(repeated(Buffer.of(19), 5_000_000)), []],
  ]

  test.each(bombs)('%s', async (_, bytes, kept) => {
    const life = await begin()
    await world.account.phone.notifyHistory({ syncType: 3, initialHistBootstrapInlinePayload: packed(bytes()) })
    await goesOn(life, 'meanwhile')
    await settled()
    expect(await texts()).toEqual(expect.arrayContaining([...kept, 'meanwhile']))
    expect(await texts()).toHaveLength(kept.length + 1)
    expect(new Set(kinds)).toEqual(new Set(['history']))
    const next = await another(life)
    await goesOn(next, 'afterwards')
    expect(kinds).toEqual([])
  })

  test('truncated anywhere yields the part before the cut', async () => {
    const whole = history(...Array.from({ length: 20 }, (_, n) => chat(jid(), [good(`M${n}`)])))
    const stream = packed(whole)
    const life = await begin()
    await world.account.phone.notifyHistory({
      syncType: 3,
      initialHistBootstrapInlinePayload: stream.subarray(0, stream.length - 12),
    })
    await settled()
    expect(kinds).toEqual(['history'])
    expect((await texts()).length).toBeGreaterThan(0)
    await goesOn(life, 'after it')
  })
})

test('messages and reads that arrive while a history is being fetched count', async () => {
  const other = newContact()
  const life = await begin()
  wa.faults.onMedia(() => true, 'stall', 1)
  const unread = (count: number) => Buffer.of(48, count)
  const reference = wa.media.put(
    packed(history(chat(contact.pn, [], unread(7)), chat(other.pn, [], unread(5)))),
    'history',
  )
  await world.account.phone.notifyHistory({ syncType: 3, ...reference })
  await wa.next('download', ({ path }) => path === reference.directPath)
  await goesOn(life, 'one more')
  const id = await other.phone.send(world.account.pn, 'read at once')
  await life.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.id === id)
  world.account.phone.readOwn(other.pn, [id])
  await settled()
  expect(await world.unreadOf(contact.pn)).toBe(8)
  await vi.waitFor(async () => expect(await world.unreadOf(other.pn)).toBe(0), 5_000)
})

test('names of people in a history are kept for later messages', async () => {
  const token = Buffer.from('a token')
  const life = await begin()
  await world.account.phone.sendHistory({
    type: 'recent',
    chats: [{ jid: contact.pn, extra: { tcToken: token, tcTokenTimestamp: 1_700_000_000 } }],
    mappings: [{ pn: '628999@s.whatsapp.net', lid: '777@lid' }],
  })
  await settled()
  await life.client.close()
  const keys = async (type: string, id: string) => (await world.store.readKeys(sessionId, type, [id])).length
  expect(await keys('lid-mapping', '628999')).toBe(1)
  expect(await keys('lid-mapping', '777_reverse')).toBe(1)
  expect(await keys('tctoken', contact.lid)).toBe(1)
  expect(await keys('tctoken', '__index')).toBe(1)
})
