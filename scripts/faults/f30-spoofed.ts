import type { proto } from '@whiskeysockets/baileys'
import type { Fault } from './fault.ts'
import { readStored } from './harness/stored.ts'
import { wait } from './harness/until.ts'

/** `ProtocolMessage.Type`: what only the account's own phone may say (CVE-2026-48063). */
const shapes: { name: string; message: proto.Message.IProtocolMessage }[] = [
  {
    name: 'history sync',
    message: {
      type: 5,
      historySyncNotification: {
        syncType: 0,
        initialHistBootstrapInlinePayload: Buffer.from('78da0300000000001', 'hex'),
      },
    },
  },
  {
    name: 'app state key share',
    message: {
      type: 6,
      appStateSyncKeyShare: {
        keys: [{ keyId: { keyId: Buffer.alloc(6, 1) }, keyData: { keyData: Buffer.alloc(32, 2) } }],
      },
    },
  },
  {
    name: 'LID migration',
    message: { type: 22, lidMigrationMappingSyncMessage: { encodedMappingPayload: Buffer.alloc(8) } },
  },
  {
    name: 'peer data operation',
    message: {
      type: 17,
      peerDataOperationRequestResponseMessage: {
        peerDataOperationRequestType: 4,
        stanzaId: 'X',
        peerDataOperationResult: [
          { placeholderMessageResendResponse: { webMessageInfoBytes: Buffer.from('0a0a0a0458585858', 'hex') } },
        ],
      },
    },
  },
]

export const spoofed: Fault = {
  id: 'F30',
  name: 'a contact that pretends to be the own phone',
  injection:
    'history, settings keys, address mappings and resent placeholders in protocol messages of a contact (the shapes of CVE-2026-48063), encrypted and plain, direct and in a group',
  promise: 'nothing of it is taken in; it is counted, receipted, and the contact can go on writing',
  async run({ open, figure, check }) {
    const world = await open()
    const { owner, traffic, call, sessionId } = world
    const [attacker] = traffic.contacts
    await traffic.direct(attacker)
    await world.caughtUp()
    const before = await readStored(call, sessionId)
    let sent = 0
    for (const { message } of shapes)
      for (const to of [owner.pn, owner.lid, traffic.group.jid])
        for (const plain of [false, true]) {
          await attacker.phone.send(to, { protocolMessage: message }, { plain })
          sent += 1
        }
    await world.caughtUp()
    const counted = await wait(async () => {
      const { text } = await world.page('/metrics')
      const count = Number(/parley_spoofed_messages_total (\d+)/.exec(text)?.[1])
      return count === sent ? count : undefined
    }, 5_000)
    check(counted === sent, `each is counted: ${counted} of ${sent}`)
    await traffic.direct(attacker)
    await world.caughtUp()
    const after = await readStored(call, sessionId)
    const news = after.messages.filter(
      ({ message }) =>
        !before.messages.some((known) => known.message.id === message.id) && !traffic.sent.has(message.waMessageId),
    )
    check(news.length === 0, `nothing of it is stored: ${news.length}`)
    figure('spoofed messages', sent)
    figure('taken in', news.length)
  },
}
