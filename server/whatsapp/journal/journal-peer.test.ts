/** What the account's own phone tells its clients, what comes without its content, and who only pretends to be the phone. */
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test, vi } from 'vitest'
import { type Loopback, node } from '../../../loopback/index.ts'
import type { MessageFact } from '../../model/facts.ts'
import { inWorlds, type Moment, stores, type World } from '../test-world.ts'

let wa: Loopback
let world: World

const { Type } = proto.Message.ProtocolMessage

inWorlds((...made) => {
  ;[wa, world] = made
})

const texts = async (chat = world.contact.pn) => (await world.messagesOf(chat)).map(({ body }) => body)

/** Dies once WhatsApp has this kind of receipt: the moment before, nothing more is stored. */
const diesWhenReceipted = async (type: string, at: (moment: Moment) => boolean) => {
  world.cut = async () => {
    await wa.next('receipt', (receipt) => receipt.type === type && receipt.companion === world.companion.jid)
    world.companion.drop()
  }
  await world.begin({ diesAt: (moment) => moment.when === 'before' && at(moment) }).dead
  expect([...world.companion.queue].filter(({ attrs }) => attrs.category === 'peer')).toEqual([])
}

describe('from the phone of the account', () => {
  test('history that was receipted and not stored is stored by the next connection', async () => {
    const messages = Array.from({ length: 200 }, (_, n) => ({
      id: `H${n}`,
      at: 1_700_000_000_000 - n * 1000,
      content: `h${n}`,
    }))
    await world.account.phone.sendHistory({ chats: [{ jid: world.contact.pn, unreadCount: 3, messages }] })

    await diesWhenReceipted('hist_sync', (moment) => stores(moment, 'H199'))
    expect(await texts()).toEqual([])
    await world.settle()

    expect(await texts()).toEqual(messages.map(({ content }) => content).reverse())
    expect(await world.unreadOf(world.contact.pn)).toBe(3)
  })

  test('the key to shared settings is kept, though the process died when it was receipted', async () => {
    await world.account.phone.shareSettingsKey()
    const isKeyShare = ({ call, args }: Moment) =>
      call === 'writeKeys' && (args[1] as { type: string }[]).some(({ type }) => type === 'app-state-sync-key')
    await diesWhenReceipted('peer_msg', isKeyShare)
    await world.settle()
    await world.contact.phone.send(world.account.pn, 'hello')
    const life = world.begin()
    await life.event('open')

    await world.account.phone.changeSetting(world.contact.pn, { pin: true })

    const isPinned = (fact: { kind: string }): fact is never => fact.kind === 'chat' && 'pinned' in fact
    expect(await life.fact(isPinned)).toMatchObject({ jid: world.contact.pn, pinned: true })
  })
})

test('messages of the phone that cannot be decrypted are requested again', async () => {
  const keyId = Buffer.from('key 1')
  const key = { keyId: { keyId }, keyData: { keyData: Buffer.alloc(32), timestamp: 1, fingerprint: { rawId: 1 } } }
  await world.account.phone.tellCompanions(
    { protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys: [key] } } },
    { corrupt: true },
  )

  const life = world.begin()
  const stored = () => world.store.readKeys('sess_1', 'app-state-sync-key', [keyId.toString('base64')])
  await vi.waitFor(async () => expect(await stored()).toHaveLength(1), 5_000)
  await life.client.close()
})

test('a phone that cannot be decrypted for long does not hold up the messages of others', async () => {
  world.account.phone.sendsAgain = false
  for (let n = 0; n < 100; n += 1)
    await world.account.phone.tellCompanions(
      { protocolMessage: { type: Type.APP_STATE_SYNC_KEY_REQUEST } },
      { corrupt: true },
    )
  const life = world.begin()
  await life.event('open')
  await world.contact.phone.send(world.account.pn, 'hello')

  // A second for each of them would be a hundred.
  await life.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.body === 'hello', 30_000)
  await life.client.close()
})

test('addresses that would make somebody else of the account are not believed: the phone can still be read', async () => {
  const { LIDMigrationMappingSyncPayload } = proto
  const user = (jid: string) => Number(jid.split('@')[0])
  const pairs = [
    { pn: user(world.account.pn), assignedLid: 55501, latestLid: 55501 },
    { pn: 62899900, assignedLid: user(world.account.lid), latestLid: user(world.account.lid) },
  ]
  for (const pair of pairs) {
    const encodedMappingPayload = LIDMigrationMappingSyncPayload.encode({ pnToLidMappings: [pair] }).finish()
    await world.account.phone.tellCompanions({
      protocolMessage: {
        type: Type.LID_MIGRATION_MAPPING_SYNC,
        lidMigrationMappingSyncMessage: { encodedMappingPayload },
      },
    })
  }
  await world.settle()

  const keyId = Buffer.from('key 2')
  const key = { keyId: { keyId }, keyData: { keyData: Buffer.alloc(32), timestamp: 1, fingerprint: { rawId: 1 } } }
  await world.account.phone.tellCompanions({
    protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys: [key] } },
  })
  const [share] = [...world.companion.queue].slice(-1)
  await world.settle()

  expect(await world.store.readKeys('sess_1', 'app-state-sync-key', [keyId.toString('base64')])).toHaveLength(1)
  expect(world.receiptsOf(share?.attrs.id ?? '').map(({ type }) => type)).not.toContain('retry')
  for (const stranger of ['55501', '62899900'])
    expect(await world.store.readKeys('sess_1', 'lid-mapping', [stranger, `${stranger}_reverse`])).toEqual([])
})

describe('a message of which only the envelope comes', () => {
  const envelope = () =>
    node(
      'message',
      { from: world.contact.pn, id: 'ENV1', type: 'text', t: String(Math.floor(Date.now() / 1000)), notify: 'Ani' },
      [node('unavailable')],
    )
  /** The phone gets the question, and answers it. */
  const answer = async () => {
    await wa.next(
      'message',
      ({ phone, message }) =>
        phone === world.account.pn && message.protocolMessage?.type === Type.PEER_DATA_OPERATION_REQUEST_MESSAGE,
    )
    const webMessageInfoBytes = proto.WebMessageInfo.encode({
      key: { remoteJid: world.contact.pn, id: 'ENV1', fromMe: false },
      message: { conversation: 'found on the phone' },
      messageTimestamp: Math.floor(Date.now() / 1000),
    }).finish()
    await world.account.phone.tellCompanions({
      protocolMessage: {
        type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
        peerDataOperationRequestResponseMessage: {
          peerDataOperationResult: [{ placeholderMessageResendResponse: { webMessageInfoBytes } }],
        },
      },
    })
  }

  test('is shown as one that cannot be read, until the phone has told it', async () => {
    world.companion.deliver(envelope())
    const settling = world.settle()
    await answer()
    await settling
    await world.settle()

    expect(await world.messagesOf(world.contact.pn)).toEqual([{ id: 'ENV1', type: 'text', body: 'found on the phone' }])
  })

  test('is told though the answer is faster than the disk, and is not told twice', async () => {
    world.account.phone.sendsAgain = false
    world.companion.deliver(envelope())
    const life = world.begin({
      waits: ({ call, when, args }) =>
        call === 'writeKeys' &&
        when === 'before' &&
        (args[1] as { type: string }[]).some(({ type }) => type === 'session')
          ? new Promise((resolve) => setTimeout(resolve, 200))
          : undefined,
    })
    await answer()
    await life.fact((fact): fact is MessageFact => fact.kind === 'message' && fact.body === 'found on the phone')
    await life.client.close()

    expect(await texts()).toEqual(['found on the phone'])
  })

  test('is asked for again by the next process when the first one dies before it has asked', async () => {
    world.companion.deliver(envelope())
    world.cut = () => wa.next('receipt', ({ messageId }) => messageId === 'ENV1').then(() => world.companion.drop())
    await world.begin({ diesAt: (moment) => stores(moment, 'ENV1') && moment.when === 'after' }).dead
    expect(await world.messagesOf(world.contact.pn)).toEqual([{ id: 'ENV1', type: 'unknown' }])

    const settling = world.settle()
    await answer()
    await settling
    await world.settle()

    expect(await texts()).toEqual(['found on the phone'])
  })
})

describe('somebody who pretends to be the phone of the account', () => {
  const history = { syncType: 0, initialHistBootstrapInlinePayload: Buffer.from('never read') }
  const spoofs: [string, proto.Message.IProtocolMessage][] = [
    ['with history', { type: Type.HISTORY_SYNC_NOTIFICATION, historySyncNotification: history }],
    ['with history of another type', { type: Type.REVOKE, historySyncNotification: history }],
    [
      'with keys to the shared settings',
      {
        type: Type.APP_STATE_SYNC_KEY_SHARE,
        appStateSyncKeyShare: {
          keys: [{ keyId: { keyId: Buffer.from('evil') }, keyData: { keyData: Buffer.alloc(32) } }],
        },
      },
    ],
    [
      'with other numbers of people',
      {
        type: Type.LID_MIGRATION_MAPPING_SYNC,
        lidMigrationMappingSyncMessage: {
          encodedMappingPayload: proto.LIDMigrationMappingSyncPayload.encode({
            pnToLidMappings: [{ pn: 6280000001, assignedLid: 666 }],
          }).finish(),
        },
      },
    ],
    [
      'with an answer that nobody asked for',
      {
        type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
        peerDataOperationRequestResponseMessage: {
          peerDataOperationResult: [
            {
              placeholderMessageResendResponse: {
                webMessageInfoBytes: proto.WebMessageInfo.encode({
                  key: { remoteJid: '6280000002@s.whatsapp.net', id: 'EVIL', fromMe: true },
                  message: { conversation: 'I never said this' },
                }).finish(),
              },
            },
          ],
        },
      },
    ],
  ]

  test.each(spoofs)('%s changes nothing, is receipted and counted', async (_, protocolMessage) => {
    let spoofed = 0
    const ids = [
      await world.contact.phone.send(world.account.pn, { protocolMessage }),
      await world.contact.phone.send(world.account.pn, { ephemeralMessage: { message: { protocolMessage } } }),
      await world.contact.phone.send(world.account.pn, {
        statusAddYours: { message: { groupStatusMessageV2: { message: { protocolMessage } } } },
      }),
      await world.contact.phone.send(world.account.pn, { protocolMessage }, { plain: true }),
    ]
    const after = await world.contact.phone.send(world.account.pn, 'and now?')
    const { facts } = await world.settle({ onSpoofed: () => (spoofed += 1) })

    expect(spoofed).toBe(ids.length)
    expect(ids.map((id) => world.receiptsOf(id).map(({ type }) => type))).toEqual(ids.map(() => ['inactive']))
    expect(facts.filter(({ kind }) => kind === 'message').map((fact) => 'id' in fact && fact.id)).toEqual([after])
    const known = [world.account.pn, world.contact.pn]
    expect(facts.filter((fact) => fact.kind === 'alias' && !known.includes(fact.pn))).toEqual([])
    expect(
      await world.store.readKeys('sess_1', 'app-state-sync-key', [Buffer.from('evil').toString('base64')]),
    ).toEqual([])
    expect(await world.store.readKeys('sess_1', 'lid-mapping', ['6280000001'])).toEqual([])
    expect(world.log.text().match(/spoofed/g)).toHaveLength(ids.length)
  })
})
