/** Whatever WhatsApp, a contact or the own phone sends: it concerns itself alone, at once, after a dropped connection, after a restart. */
import { proto } from '@whiskeysockets/baileys'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type BinaryNode, type Loopback, node } from '../../loopback/index.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { encodeEntry, unreadableHash } from './journal/journal-entry.ts'
import { sealEntry } from './journal/sealed-journal.ts'
import { ownerOf } from './test-support.ts'
import { inWorlds, type Life, type LifeOptions, type Moment, sessionId, stores, type World } from './test-world.ts'

let wa: Loopback
let world: World
let unreadable: string[]
let options: LifeOptions

inWorlds((...made) => {
  ;[wa, world] = made
})
beforeEach(() => {
  unreadable = []
  options = { onUnreadable: (kind) => unreadable.push(kind) }
})

const texts = async (chat = world.contact.pn) => (await world.messagesOf(chat)).map(({ body }) => body)

const now = () => String(Math.floor(Date.now() / 1000))

/** A stanza of the contact, as WhatsApp's server would make it. */
const stanza = (id: string, content: BinaryNode[], attrs = {}) =>
  node('message', { from: world.contact.pn, id, type: 'text', t: now(), ...attrs }, content)

const plain = (message: proto.IMessage) => node('plaintext', {}, Buffer.from(proto.Message.encode(message).finish()))

/** Contents that break the library off, each in the smallest form that does. */
const contents: Record<string, proto.IMessage> = {
  'a reaction without a key': { reactionMessage: { text: 'x' } },
  'a vote without a key': { pollUpdateMessage: { vote: { encIv: Buffer.alloc(12), encPayload: Buffer.alloc(30) } } },
  'a reaction without a key in an envelope': { ephemeralMessage: { message: { reactionMessage: { text: 'x' } } } },
  'a revoke without a key': { protocolMessage: { type: 0 } },
  'an edit without anything': { protocolMessage: { type: 14 } },
}

describe.each(Object.entries(contents))('%s', (_, content) => {
  /** What is sent, with good messages before and after it. */
  const send = async () => {
    const group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
    for (const [to, plainly] of [
      [world.account.pn, false],
      [world.account.pn, true],
      [world.account.lid, false],
      [group.jid, false],
    ] as const)
      await world.contact.phone.send(to, content, { plain: plainly })
    await world.account.phone.send(world.contact.pn, content)
    await world.contact.phone.send(world.account.pn, 'after')
    return group
  }

  test('of a contact, in a group, by oneself: says nothing, and what follows is told', async () => {
    await world.contact.phone.send(world.account.pn, 'before')
    await world.settle(options)
    const group = await send()

    await world.settle(options)

    expect(await texts()).toEqual(['before', 'after'])
    expect(await texts(group.jid)).toEqual([])
    expect(world.companion.queue.size).toBe(0)
    await world.settle(options)
  })

  test('is journaled and not stored when the process dies: the next one says nothing of it, and works', async () => {
    await send()
    await world.begin({ diesAt: (moment) => moment.when === 'before' && moment.call === 'ingest' }, options).dead

    await world.settle(options)

    expect(await texts()).toEqual(['after'])
  })
})

describe('a journal that an older version wrote', () => {
  const journaled = async (entry: BinaryNode, plaintext?: Buffer, name = entry.attrs.id ?? '') => {
    const hash = Buffer.alloc(32, name)
    const stanza = { ...entry, content: [node('enc', { v: '2', type: 'msg' }, hash)] }
    const bytes = encodeEntry({ stanza, ...(plaintext && { plaintext }) })
    await world.store.writeKeys(ownerOf('sess_1'), [], [sealEntry(world.sealer, 'sess_1', hash, bytes)])
  }
  const padded = (message: proto.IMessage) => Buffer.concat([proto.Message.encode(message).finish(), Buffer.of(1)])

  test('with what breaks the library, with what is no message, and with good ones: is worked off', async () => {
    await journaled(stanza('GOOD1', []), padded({ conversation: 'before' }))
    for (const [n, content] of Object.values(contents).entries())
      await journaled(stanza(`BAD${n}`, []), padded(content))
    await journaled(stanza('GARBAGE', []), Buffer.from('ffffffff', 'hex'))
    await journaled(stanza('EMPTY', []), Buffer.alloc(0))
    for (const missing of ['id', 'from', 't']) {
      const { [missing]: _, ...attrs } = stanza(`NO-${missing}`, []).attrs
      await journaled({ tag: 'message', attrs }, padded({ conversation: 'x' }), `NO-${missing}`)
    }
    await journaled(stanza('STRANGE', [], { from: 'x@y.z' }), padded({ conversation: 'x' }))
    await journaled(stanza('GOOD2', []), padded({ conversation: 'after' }))

    await world.settle(options)

    expect((await texts()).filter((text) => text !== undefined && text !== 'x')).toEqual(['before', 'after'])
    expect(unreadable.filter((kind) => kind === 'message').length).toBeGreaterThanOrEqual(5)
  })
})

describe('a stanza', () => {
  test('with a broken certificate of a business is read without it', async () => {
    for (const [n, bytes] of ['', 'ff', '0a', '0a02ffff', '0aff'].entries()) {
      const broken = node('verified_name', { v: '1' }, Buffer.from(bytes, 'hex'))
      world.companion.deliver(stanza(`CERT${n}`, [broken, plain({ conversation: `c${n}` })]))
    }

    await world.settle(options)

    expect(await texts()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4'])
  })

  test('whose plaintext calls itself a ciphertext is journaled and looked at like any plaintext', async () => {
    const spoofed: string[] = []
    const history = { protocolMessage: { type: 5, historySyncNotification: { syncType: 0 } } }
    for (const [id, message] of Object.entries({ SPOOF: history, GOOD: { conversation: 'hello' } }))
      world.companion.deliver(stanza(id, [{ ...plain(message), tag: 'enc', attrs: { v: '2', type: 'plaintext' } }]))
    const counted = { ...options, onSpoofed: () => spoofed.push('spoofed') }
    await world.begin({ diesAt: (moment) => moment.when === 'before' && stores(moment, 'GOOD') }, counted).dead
    expect(spoofed).toHaveLength(1)
    expect(world.companion.queue.size).toBe(0)

    await world.settle(counted)

    expect(await texts()).toEqual(['hello'])
  })

  test('with a plaintext beside its ciphertext is read by the ciphertext', async () => {
    const deliver = vi.spyOn(world.companion, 'deliver').mockImplementation(() => {})
    await world.contact.phone.send(world.account.pn, 'sealed')
    const [sent = node('message')] = deliver.mock.calls.map(([stanza]) => stanza)
    deliver.mockRestore()
    world.companion.deliver({
      ...sent,
      content: [plain({ conversation: 'beside' }), ...(sent.content as BinaryNode[])],
    })

    await world.settle(options)

    expect(await texts()).toEqual(['sealed'])
    expect(unreadable).toEqual(['message'])
  })

  test('with a thousand ciphertexts that cannot be read is given up once', async () => {
    world.contact.phone.sendsAgain = false
    const enc = (n: number) => node('enc', { v: '2', type: 'msg' }, Buffer.from(String(n).padEnd(120, '.')))
    world.companion.deliver(
      stanza(
        'MANY',
        Array.from({ length: 1_000 }, (_, n) => enc(n)),
      ),
    )
    await world.contact.phone.send(world.account.pn, 'after')

    await world.settle(options)

    expect(await world.messagesOf(world.contact.pn)).toMatchObject([{ id: 'MANY', type: 'unknown' }, { body: 'after' }])
    expect(world.receiptsOf('MANY').filter(({ type }) => type === 'retry').length).toBeLessThanOrEqual(1)
  })

  test('without an id, without a sender, from nowhere is refused, and the others are read', async () => {
    const { from: _from, ...nobody } = stanza('NOBODY', []).attrs
    const { id: _id, ...nameless } = stanza('x', []).attrs
    world.companion.deliver({ tag: 'message', attrs: nobody, content: [plain({ conversation: 'x' })] })
    world.companion.deliver({ tag: 'message', attrs: nameless, content: [plain({ conversation: 'x' })] })
    world.companion.deliver(stanza('STRANGE', [plain({ conversation: 'x' })], { from: 'x@y.z' }))
    await world.contact.phone.send(world.account.pn, 'after')
    const life = world.begin({}, options)
    await life.fact((fact): fact is never => fact.kind === 'message' && fact.body === 'after')
    await life.client.close()

    expect(await texts()).toEqual(['after'])
    expect(await world.store.listJournal('sess_1', { limit: 10 })).toEqual([])
  })
})

describe('what nobody would ever settle', () => {
  test.each(['open', 'settled'])('the first part of a message whose last one was refused, and is %s', async (state) => {
    const [first, last] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const stanza = node('message', { from: world.contact.pn, id: 'PART', type: 'text', t: now() }, [
      node('enc', { v: '2', type: 'pkmsg' }, first),
      node('enc', { v: '2', type: 'skmsg' }, last),
    ])
    const journaled = (hash: Buffer, plaintext?: Buffer) =>
      sealEntry(world.sealer, 'sess_1', hash, encodeEntry({ stanza, ...(plaintext && { plaintext }) }))
    const mark = unreadableHash(last)
    await world.store.writeKeys(ownerOf('sess_1'), [], [journaled(first, Buffer.of(1)), journaled(mark)])
    if (state === 'settled') await world.store.ingest(ownerOf('sess_1'), [], Date.now(), [mark])

    await world.settle(options)

    if (state === 'open') expect(await world.messagesOf(world.contact.pn)).toEqual([{ id: 'PART', type: 'unknown' }])
  })

  const journalled = () => world.store.listJournal('sess_1', { limit: 10 })

  test.each(['', 'x', '-1', '99999999999'])(
    'a message of which a part is missing, of the time %j, is given up',
    async (t) => {
      const stanza = node('message', { from: world.contact.pn, id: 'PART', type: 'text', ...(t !== '' && { t }) }, [
        node('enc', { v: '2', type: 'pkmsg' }, Buffer.alloc(32, 1)),
        node('enc', { v: '2', type: 'skmsg' }, Buffer.alloc(32, 2)),
      ])
      const entry = encodeEntry({ stanza, plaintext: Buffer.of(1) })
      await world.store.writeKeys(
        ownerOf('sess_1'),
        [],
        [sealEntry(world.sealer, 'sess_1', Buffer.alloc(32, 1), entry)],
      )
      expect(await journalled()).toHaveLength(1)

      await world.settle(options)
    },
  )

  test('an envelope without a message, of the own phone', async () => {
    const attrs = { from: world.account.pn, id: 'ENV', category: 'peer', t: now() }
    world.companion.deliver(node('message', attrs))

    await world.settle(options)
  })
})

test('a connection that is said to be open twice is opened once', async () => {
  const life = world.begin({}, options)
  await life.event('open')
  world.companion.show(node('success', { lid: world.account.lid, t: now() }, []))
  await world.contact.phone.send(world.account.pn, 'after it')
  await life.fact((fact): fact is never => fact.kind === 'message' && fact.body === 'after it')

  expect(life.events.map(({ type }) => type)).toEqual(['open'])
})

describe('histories that come faster than they are read', () => {
  const count = 40
  const expected = Array.from({ length: count }, (_, n) => `old ${n}`)
  const sendAll = async () => {
    for (const [n, content] of expected.entries())
      await world.account.phone.sendHistory({
        type: 'recent',
        chats: [{ jid: world.contact.pn, messages: [{ id: `H${n}`, at: 1_700_000_000_000 + n, content }] }],
      })
  }
  const goesOn = async (life: Life, body: string) => {
    await world.contact.phone.send(world.account.pn, body)
    await life.fact((fact): fact is never => fact.kind === 'message' && fact.body === body)
  }
  const journal = () => world.store.listJournal('sess_1', { limit: 100 })
  /** A process that is kept from reading the first one. */
  const begin = async (more: LifeOptions = {}) => {
    const { promise, resolve: goOn } = Promise.withResolvers<void>()
    let reads = 0
    const waits = ({ call, when }: Moment) => {
      if (call !== 'findJournaled' || when === 'after') return undefined
      reads += 1
      return promise
    }
    const historyTiming = { retryMs: [60_000] }
    const life = world.begin({ waits }, { ...options, historyTiming, ...more })
    await life.event('open')
    return { life, goOn, reads: () => reads }
  }

  test('wait in the journal alone, and come on the same connection, once each; what says nothing waits for nothing', async () => {
    const { life, goOn, reads } = await begin()
    await world.account.phone.notifyHistory({ syncType: 3 })
    await sendAll()
    await goesOn(life, 'meanwhile')
    expect(await journal()).toHaveLength(count + 1)
    expect(reads()).toBe(1)

    goOn()
    await vi.waitFor(async () => expect(await texts()).toEqual([...expected, 'meanwhile']), 20_000)
    await vi.waitFor(async () => expect(await journal()).toEqual([]), 5_000)
    expect(reads()).toBeGreaterThan(count)
    expect(life.facts.filter((fact) => fact.kind === 'message')).toHaveLength(count + 1)
    expect(unreadable).toEqual(['history'])
    expect(life.events.filter(({ type }) => type === 'closed')).toEqual([])
  })

  test('are left for the next connection when they are too many, and that is said once', async () => {
    const { life, goOn } = await begin({ maxHistories: 5 })
    await sendAll()
    await goesOn(life, 'meanwhile')
    goOn()
    await vi.waitFor(async () => expect(await journal()).toHaveLength(count - 5), 20_000)
    expect(await texts()).toEqual([...expected.slice(0, 5), 'meanwhile'])
    expect(world.log.text().match(/too many at once/g)).toHaveLength(1)
    await life.client.close()

    await world.settle(options)
    expect(await texts()).toEqual([...expected, 'meanwhile'])
    expect(unreadable).toEqual([])
  })
})

describe('a frame that cannot be decoded', () => {
  const frames = {
    'of an unknown token': 'f8020001ff',
    'cut off': '00f80201',
    empty: '',
    'compressed, and not': '02ffffffff',
    'of nothing': '00',
    'of a list without a name': '00f800',
  }

  test('is left out: the connection stays, and what follows is read', async () => {
    const life = world.begin({}, options)
    await life.event('open')
    await vi.waitFor(() => expect(world.companion.isOnline).toBe(true), 5_000)
    for (const [n, hex] of Object.values(frames).entries()) {
      world.companion.showBytes(Buffer.from(hex, 'hex'))
      await world.contact.phone.send(world.account.pn, `after ${n}`)
    }
    await life.fact((fact): fact is never => fact.kind === 'message' && fact.body === 'after 5')

    expect(life.events.map(({ type }) => type)).toEqual(['open'])
    expect(await texts()).toEqual(Object.keys(frames).map((_, n) => `after ${n}`))
    expect(unreadable).toContain('stanza')
    await life.client.close()
  })

  test('waits at WhatsApp with hundreds of its kind: they are left out at each login', async () => {
    // A JID without a server.
    for (let n = 0; n < 300; n += 1)
      world.companion.deliver(node('message', { id: `N${n}`, from: '@', type: 'text', t: now() }))
    await world.contact.phone.send(world.account.pn, 'behind them')
    for (const _ of ['first', 'second']) {
      const life = world.begin({}, options)
      await life.event('open')
      await vi.waitFor(async () => expect(await texts()).toEqual(['behind them']), 10_000)
      await life.client.close()
      expect(life.events.map(({ type }) => type)).toEqual(['open', 'closed'])
    }
  })

  test('and no other comes: the connection ends, and the next one reads what follows', async () => {
    const life = world.begin({}, options)
    await life.event('open')
    await vi.waitFor(() => expect(world.companion.isOnline).toBe(true), 5_000)
    // Answers to the library's first questions come in between: some thousand are in a row all the same.
    for (let n = 0; n < 20_000; n += 1) world.companion.showBytes(Buffer.from('00f80201', 'hex'))
    expect(await life.event('closed')).toMatchObject({ reason: 'lost' })
    await world.contact.phone.send(world.account.pn, 'after')

    await world.settle(options)

    expect(await texts()).toEqual(['after'])
  })
})

describe('a message with more members than a message has', () => {
  const many = { contactsArrayMessage: { contacts: Array.from({ length: 200_000 }, () => ({})) } }

  test('says nothing, encrypted or not, and what follows is told', async () => {
    await world.contact.phone.send(world.account.pn, many)
    await world.contact.phone.send(world.account.pn, many, { plain: true })
    await world.contact.phone.send(world.account.pn, {
      conversation: 'long',
      extendedTextMessage: { text: 'x'.repeat(2_000_000) },
    })
    await world.contact.phone.send(world.account.pn, 'after')

    await world.settle(options)

    expect(await texts()).toEqual(['after'])
    expect(unreadable).toEqual(['message', 'message', 'message'])
  })

  test('in more keys than an account has is left out; as many as it may have are stored', async () => {
    const idsOf = (kind: number, length: number) => Array.from({ length }, (_, n) => Buffer.of(kind, n >> 8, n & 255))
    const share = (ids: Buffer[]) =>
      world.account.phone.tellCompanions({
        protocolMessage: {
          type: 6,
          appStateSyncKeyShare: {
            keys: ids.map((keyId) => ({ keyId: { keyId }, keyData: { keyData: Buffer.alloc(32), timestamp: 1 } })),
          },
        },
      })
    const stored = async (ids: Buffer[]) => {
      const names = ids.map((keyId) => keyId.toString('base64'))
      return (await world.store.readKeys(sessionId, 'app-state-sync-key', names)).length
    }
    const [tooMany, most] = [idsOf(1, 257), idsOf(2, 256)]
    await share(tooMany)
    await share(most)
    await world.contact.phone.send(world.account.pn, 'after')

    await world.settle(options)

    expect(await texts()).toEqual(['after'])
    expect(unreadable).toEqual(['message'])
    expect([await stored(tooMany), await stored(most)]).toEqual([0, 256])
  })

  test.each([300_000, 1_100_000])('in the %d addresses that the own phone tells is left out', async (length) => {
    const pnToLidMappings = Array.from({ length }, () => Buffer.of(0x0a, 0))
    await world.account.phone.tellCompanions({
      protocolMessage: {
        type: 22,
        lidMigrationMappingSyncMessage: { encodedMappingPayload: Buffer.concat(pnToLidMappings) },
      },
    })
    await world.contact.phone.send(world.account.pn, 'after')

    await world.settle(options)

    expect(await texts()).toEqual(['after'])
    expect(unreadable).toEqual(['message'])
  })
})

describe('an entry of the journal that ends the process when it is taken up', () => {
  const journaledOnly = async (...bodies: string[]) => {
    const ids: string[] = []
    for (const body of bodies) ids.push(await world.contact.phone.send(world.account.pn, body))
    const life = world.begin({ fails: ({ call }) => (call === 'ingest' ? new StoreUnavailable('full') : undefined) })
    await wa.next('receipt', ({ messageId }) => messageId === ids.at(-1))
    await life.client.close()
  }
  /** Dies where it is stored, as if reading it had been the end. */
  const diesOf = (body: string) => ({
    diesAt: ({ call, when, args }: { call: string; when: string; args: unknown[] }) =>
      call === 'ingest' && when === 'before' && JSON.stringify(args[1]).includes(body),
  })

  test('is tried twice, then set aside; the others are told, and the session says so', async () => {
    await journaledOnly('one', 'deadly', 'three')
    for (let n = 0; n < 2; n += 1) await world.begin(diesOf('deadly')).dead

    const life = world.begin(diesOf('deadly'))

    expect(await life.event('open')).toMatchObject({ setAside: 1 })
    await life.client.close()
    expect((await texts()).sort()).toEqual(['one', 'three'])
    expect(await world.store.listJournal('sess_1', { limit: 10 })).toMatchObject([{ attempts: 2 }])
  })

  test('that it was taken up and came back from is not counted', async () => {
    await journaledOnly('one', 'two')
    for (let n = 0; n < 4; n += 1) {
      wa.faults.refuseUpgrades('close', 1)
      const life = world.begin()
      await life.event('closed')
    }

    await world.settle()

    expect(await texts()).toEqual(['one', 'two'])
  })
})
