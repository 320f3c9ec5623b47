/** Whatever WhatsApp, a contact or the own phone sends: it concerns itself alone, at once, after a dropped connection, after a restart. */
import { describe, expect, test, vi } from 'vitest'
import { type BinaryNode, type Loopback, node } from '../../loopback/index.ts'
import { contents, inWorldsWithReports, now, plain } from './test-unreadable.ts'
import { type LifeOptions, sessionId, stores, type World } from './test-world.ts'

let wa: Loopback
let world: World
let unreadable: string[]
let options: LifeOptions
const { stanza, texts } = inWorldsWithReports((made) => {
  ;({ wa, world, unreadable, options } = made)
})

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

  test('from a contact, in a group or from the account itself is left out, and what follows is stored', async () => {
    await world.contact.phone.send(world.account.pn, 'before')
    await world.settle(options)
    const group = await send()

    await world.settle(options)

    expect(await texts()).toEqual(['before', 'after'])
    expect(await texts(group.jid)).toEqual([])
    expect(world.companion.queue.size).toBe(0)
    await world.settle(options)
  })

  test('that was journaled when the process died is left out by the next process, which works', async () => {
    await send()
    await world.begin({ diesAt: (moment) => moment.when === 'before' && moment.call === 'ingest' }, options).dead

    await world.settle(options)

    expect(await texts()).toEqual(['after'])
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

test('a connection that is said to be open twice is opened once', async () => {
  const life = world.begin({}, options)
  await life.event('open')
  world.companion.show(node('success', { lid: world.account.lid, t: now() }, []))
  await world.contact.phone.send(world.account.pn, 'after it')
  await life.fact((fact): fact is never => fact.kind === 'message' && fact.body === 'after it')

  expect(life.events.map(({ type }) => type)).toEqual(['open'])
})

describe('a message with more members than a message has', () => {
  const many = { contactsArrayMessage: { contacts: Array.from({ length: 200_000 }, () => ({})) } }

  test('is left out, encrypted or not, and what follows is stored', async () => {
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
