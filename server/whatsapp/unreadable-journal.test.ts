/** Entries of the journal that cannot be read, or that nobody would ever settle: they concern themselves alone. */
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { type BinaryNode, type Loopback, node } from '../../loopback/index.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { encodeEntry, unreadableHash } from './journal/journal-entry.ts'
import { sealEntry } from './journal/sealed-journal.ts'
import { ownerOf } from './test-support.ts'
import { contents, inWorldsWithReports, now } from './test-unreadable.ts'
import type { LifeOptions, World } from './test-world.ts'

let wa: Loopback
let world: World
let unreadable: string[]
let options: LifeOptions
const { stanza, texts } = inWorldsWithReports((made) => {
  ;({ wa, world, unreadable, options } = made)
})

describe('a journal that an older version wrote', () => {
  const journaled = async (entry: BinaryNode, plaintext?: Buffer, name = entry.attrs.id ?? '') => {
    const hash = Buffer.alloc(32, name)
    const stanza = { ...entry, content: [node('enc', { v: '2', type: 'msg' }, hash)] }
    const bytes = encodeEntry({ stanza, ...(plaintext && { plaintext }) })
    await world.store.writeKeys(ownerOf('sess_1'), [], [sealEntry(world.sealer, 'sess_1', hash, bytes)])
  }
  const padded = (message: proto.IMessage) => Buffer.concat([proto.Message.encode(message).finish(), Buffer.of(1)])

  test('is read to its end: good messages are stored, and what breaks the library or is no message is left out', async () => {
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

describe('an entry that nothing else would settle is settled:', () => {
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

describe('an entry of the journal that ends the process when it is taken up', () => {
  const journaledOnly = async (...bodies: string[]) => {
    const ids: string[] = []
    for (const body of bodies) ids.push(await world.contact.phone.send(world.account.pn, body))
    const life = world.begin({ fails: ({ call }) => (call === 'ingest' ? new StoreUnavailable('full') : undefined) })
    await wa.next('receipt', ({ messageId }) => messageId === ids.at(-1), 20_000)
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

  test('is not counted as tried when the connection only closed', async () => {
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
