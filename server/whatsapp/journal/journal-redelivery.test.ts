/** What WhatsApp sends again, sends in another order, or sends while the store does not work. */
import { describe, expect, test, vi } from 'vitest'
import { type BinaryNode, type Loopback, node } from '../../../loopback/index.ts'
import type { MessageFact } from '../../model/facts.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { inWorlds, journals, stores, type World } from '../test-world.ts'

let wa: Loopback
let world: World

inWorlds((...made) => {
  ;[wa, world] = made
})

const send = (text: string) => world.contact.phone.send(world.account.pn, text)

/** Sends while nobody is connected. @returns the stanzas that wait */
const waiting = async (...texts: string[]): Promise<{ ids: string[]; stanzas: BinaryNode[] }> => {
  const ids: string[] = []
  for (const text of texts) ids.push(await send(text))
  return { ids, stanzas: [...world.companion.queue].filter(({ attrs }) => ids.includes(attrs.id ?? '')) }
}

/** What WhatsApp was told could not be read. */
const refused = () => wa.ledger.of(world.companion.jid).filter(({ error }) => error !== undefined)

const texts = async (chat = world.contact.pn) => (await world.messagesOf(chat)).map(({ body }) => body)

describe('a message that is delivered again', () => {
  test('after it was stored is receipted again and changes nothing', async () => {
    wa.faults.loseReceipts(({ tag }) => tag === 'receipt')
    const id = await send('once')
    const first = world.begin()
    await first.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.id === id)
    await first.client.close()
    const stored = await world.messagesOf(world.contact.pn)
    wa.faults.clear()

    await world.settle()

    expect(await world.messagesOf(world.contact.pn)).toEqual(stored)
    expect(await world.unreadOf(world.contact.pn)).toBe(1)
    expect(world.receiptsOf(id)).toMatchObject([{ type: 'inactive' }])
    // Known without another try: a first message whose session is gone could begin it anew.
    expect(world.log.text()).not.toContain('transaction failed')
  })

  test('after its keys are used up and its receipt is lost is stored once', async () => {
    wa.faults.loseReceipts(({ tag }) => tag === 'receipt')
    const { ids } = await waiting('once')
    await world.begin({ diesAt: (moment) => moment.when === 'before' && stores(moment, ids[0] ?? '') }).dead
    wa.faults.clear()

    await world.settle()

    expect(await texts()).toEqual(['once'])
    expect(world.receiptsOf(ids[0] ?? '')).toMatchObject([{ type: 'inactive' }])
  })

  test('fifty times on one connection is one message', async () => {
    const { stanzas } = await waiting('once')
    const life = world.begin()
    await life.event('open')
    for (let n = 0; n < 50; n += 1) for (const stanza of stanzas) world.companion.deliver({ ...stanza })
    while (world.companion.queue.size > 0) await wa.next('receipt')
    await life.client.close()

    expect(await texts()).toEqual(['once'])
    expect(await world.unreadOf(world.contact.pn)).toBe(1)
    expect(refused()).toEqual([])
  })

  test('to a process that forgot its recent messages is known by its journal', async () => {
    const { stanzas } = await waiting('once')
    await world.settle()
    vi.spyOn(world.store, 'recentJournal').mockResolvedValue([])
    for (const stanza of stanzas) world.companion.deliver({ ...stanza })

    await world.settle()

    expect(await texts()).toEqual(['once'])
    expect(refused()).toEqual([])
  })
})

test('a connection that drops in the replay of 300 messages loses none and stores none twice, wherever it drops', async () => {
  const { ids } = await waiting(...Array.from({ length: 300 }, (_, n) => `message ${n}`))
  for (let dropped = 1; dropped <= 6; dropped += 1) {
    const life = world.begin()
    const stop = wa.on('receipt', () => {
      if (world.companion.queue.size <= 300 - dropped * 40) world.companion.drop()
    })
    await life.event('closed')
    stop()
    const stored = new Set((await world.messagesOf(world.contact.pn)).map(({ id }) => id))
    expect(ids.filter((id) => world.receiptsOf(id).length > 0 && !stored.has(id))).toEqual([])
  }

  await world.settle()

  expect((await world.messagesOf(world.contact.pn)).map(({ id }) => id)).toEqual(ids)
  expect(ids.flatMap((id) => world.receiptsOf(id)).filter(({ error }) => error !== undefined)).toEqual([])
}, 30_000)

test('a message that was decrypted when the connection broke is stored before it counts as closed', async () => {
  const { ids } = await waiting('decrypted, not receipted')
  const { promise: broken, resolve } = Promise.withResolvers<void>()
  const life = world.begin({
    waits: (moment) => {
      if (moment.when === 'before' || !journals(moment)) return undefined
      world.companion.drop()
      return broken
    },
  })
  await wa.next('offline', ({ companion }) => companion === world.companion.jid)
  await vi.waitFor(() => expect(() => life.client.sendChatPresence(world.contact.pn, 'composing')).rejects.toThrow())
  resolve()
  await life.event('closed')

  expect(await texts()).toEqual(['decrypted, not receipted'])
  expect(world.receiptsOf(ids[0] ?? '')).toEqual([])
})

describe('a message that cannot be decrypted', () => {
  const unreadable = (id: string) => ({ id, type: 'unknown' })

  test('and was refused is shown as such, though the process died before it was stored', async () => {
    world.contact.phone.sendsAgain = false
    const id = await world.contact.phone.send(world.account.pn, 'broken', { corrupt: true })
    world.cut = () =>
      wa.next('receipt', (it) => it.messageId === id && it.error === '500').then(() => world.companion.drop())
    await world.begin({ diesAt: (moment) => moment.when === 'before' && stores(moment, id) }).dead
    expect(await world.messagesOf(world.contact.pn)).toEqual([])

    await world.settle()

    expect(await world.messagesOf(world.contact.pn)).toEqual([unreadable(id)])
  })

  test('and comes again once it can be is shown in its place', async () => {
    const group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
    world.contact.phone.sendsAgain = false
    wa.faults.loseReceipts(() => true)
    const deliver = vi.spyOn(world.companion, 'deliver').mockImplementation(() => {})
    for (const text of ['with the key', 'without']) await world.contact.phone.send(group.jid, text)
    const [withKey, without] = deliver.mock.calls.map(([stanza]) => stanza)
    deliver.mockRestore()
    world.companion.deliver(without as BinaryNode)
    const life = world.begin()
    await life.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.undecryptable === true)
    await life.client.close()
    wa.faults.clear()
    // WhatsApp never heard of the refusal.
    for (const stanza of [withKey, without]) world.companion.deliver({ ...(stanza as BinaryNode) })

    await world.settle()

    expect(new Set(await texts(group.jid))).toEqual(new Set(['with the key', 'without']))
  })

  test('is asked for, but a storm of them is not: they are shown as they are', async () => {
    const ids = Array.from({ length: 230 }, (_, n) => `STORM${n}`)
    for (const id of ids)
      world.companion.deliver(
        node('message', { from: world.contact.pn, id, type: 'text', t: '1790000000' }, [
          node('enc', { v: '2', type: 'msg' }, Buffer.from(id.padEnd(120, '.'))),
        ]),
      )
    world.contact.phone.sendsAgain = false

    await world.settle()

    expect((await world.messagesOf(world.contact.pn)).map(({ id }) => id)).toEqual(ids)
    const asked = ids.filter((id) => world.receiptsOf(id).some(({ type }) => type === 'retry'))
    expect(asked.length).toBeGreaterThanOrEqual(200)
    expect(asked.length).toBeLessThan(225)
  })
})

test('envelopes without a message are asked for at the phone, but a storm of them is not: they are shown as they are', async () => {
  const ids = Array.from({ length: 260 }, (_, n) => `ENVELOPE${n}`)
  const t = String(Math.floor(Date.now() / 1000))
  for (const id of ids)
    world.companion.deliver(node('message', { from: world.contact.pn, id, type: 'text', t }, [node('unavailable')]))
  let asked = 0
  const stop = wa.on('message', ({ phone }) => {
    if (phone === world.account.pn) asked += 1
  })
  const life = world.begin()
  await life.event('open')
  await vi.waitFor(async () => expect(await world.messagesOf(world.contact.pn)).toHaveLength(260), 20_000)
  while (world.companion.queue.size > 0) await wa.next('receipt')
  await life.client.close()
  stop()

  expect((await world.messagesOf(world.contact.pn)).map(({ id, type }) => [id, type])).toEqual(
    ids.map((id) => [id, 'unknown']),
  )
  expect(asked).toBeLessThan(230)
})

describe('a store that fails', () => {
  test('while keys are written: nothing is acknowledged, the connection ends, and the message comes again', async () => {
    const { ids } = await waiting('one', 'two', 'three')
    let commits = 0
    const life = world.begin({
      fails: (moment) => {
        if (!journals(moment)) return undefined
        commits += 1
        return commits >= 2 ? new StoreUnavailable('the disk is full') : undefined
      },
    })
    expect(await life.event('closed')).toMatchObject({ reason: 'lost' })
    expect(ids.map((id) => world.receiptsOf(id).length)).toEqual([1, 0, 0])

    await world.settle()

    expect(await texts()).toEqual(['one', 'two', 'three'])
  })

  test('while messages are stored: what was receipted is stored by the next connection', async () => {
    const { ids } = await waiting('one', 'two')
    const life = world.begin({
      fails: ({ call }) => (call === 'ingest' ? new StoreUnavailable('the database is locked') : undefined),
    })
    await wa.next('receipt', ({ messageId }) => messageId === ids[1])
    await life.client.close()
    expect(await texts()).toEqual([])

    await world.settle()

    expect(await texts()).toEqual(['one', 'two'])
  })
})

describe('a group', () => {
  test('whose messages come in the order one, three, two is read in full', async () => {
    const group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
    const ids: string[] = []
    const deliver = vi.spyOn(world.companion, 'deliver').mockImplementation(() => {})
    for (const text of ['one', 'two', 'three']) ids.push(await world.contact.phone.send(group.jid, text))
    const [one, two, three] = deliver.mock.calls.map(([stanza]) => stanza)
    deliver.mockRestore()
    // Each in a process of its own: what was skipped has to survive in the database.
    for (const stanza of [one, three, two]) {
      if (stanza !== undefined) world.companion.deliver(stanza)
      await world.settle()
    }

    expect(new Set(await texts(group.jid))).toEqual(new Set(['one', 'two', 'three']))
    expect(ids.flatMap((id) => world.receiptsOf(id)).filter(({ error }) => error !== undefined)).toEqual([])
  })

  test('whose live message overtakes the queued one that carries its key is read without asking again', async () => {
    const group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
    await waiting(...Array.from({ length: 20 }, (_, n) => `before ${n}`))
    const first = await world.contact.phone.send(group.jid, 'with the key')
    const life = world.begin()
    await wa.next('online', ({ companion }) => companion === world.companion.jid)
    const second = await world.contact.phone.send(group.jid, 'live')
    await wa.next('receipt', ({ messageId }) => messageId === second)
    await life.client.close()

    expect(await texts(group.jid)).toEqual(['with the key', 'live'])
    expect([first, second].flatMap((id) => world.receiptsOf(id)).map(({ type }) => type)).toEqual([
      'inactive',
      'inactive',
    ])
  })
})

test('the journal is sealed: no text and no name in the database file', async () => {
  const { ids } = await waiting('a secret between us')
  await world.begin({ diesAt: (moment) => moment.when === 'before' && stores(moment, ids[0] ?? '') }).dead

  const [entry] = await world.store.listJournal('sess_1', { limit: 10 })
  expect(entry?.entry.length).toBeGreaterThan(50)
  for (const clear of ['a secret between us', 'Ani', ids[0] ?? '', world.contact.pn])
    expect(entry?.entry.includes(clear), clear).toBe(false)
})
