import { proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import type { ChangeDraft } from '../../model/change.ts'
import type { Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import { optionHash } from '../../model/poll-option.ts'
import { openWith } from '../message-secret.ts'
import { composeChange } from './changes.ts'
import { relayOptions } from './relay-options.ts'

const me = { jid: '628111@s.whatsapp.net', lid: '555@lid' }
const [rina, rinaLid, group] = ['628222@s.whatsapp.net', '777@lid', '1203@g.us']
const secret = Buffer.alloc(32, 9)
const poll = proto.Message.encode({
  pollCreationMessageV3: { name: 'When?', options: [{ optionName: 'Fri' }] },
  messageContextInfo: { messageSecret: secret },
}).finish()

/** @param isMigrated chats with people are by LID */
const made = async (draft: ChangeDraft, about: Uint8Array | undefined, isMigrated = false) => {
  const of = async (jid: Jid) => (isMigrated && jid === rina ? rinaLid : jid)
  const socket = { groupMetadata: () => Promise.reject(new Error('nobody asks')) }
  const { bytes } = await composeChange({ socket, baileys: { proto }, me, addressing: { of } }, draft, about)
  return proto.Message.decode(bytes)
}

const keyIn = (chat: Jid, more: object = {}): MessageKey => ({ chat, id: 'P', fromMe: false, ...more })

test.each([
  ['a poll of the other one, by phone number', keyIn(rina, { sender: rina }), false, rina, me.jid],
  ['a poll of the other one, by LID', keyIn(rina, { sender: rina }), true, rinaLid, me.lid],
  ['an own poll, by phone number', keyIn(rina, { fromMe: true }), false, me.jid, me.jid],
  ['an own poll, by LID', keyIn(rina, { fromMe: true }), true, me.lid, me.lid],
  ['a poll of a member by LID', keyIn(group, { sender: rinaLid }), false, rinaLid, me.lid],
  ['a poll of a member by phone number', keyIn(group, { sender: rina }), true, rina, me.jid],
  ['an own poll in a group', keyIn(group, { fromMe: true }), false, me.lid, me.lid],
])(
  'a vote is encrypted under the addresses by which the chat is addressed: %s',
  async (_, target, isMigrated, author, sender) => {
    const { pollUpdateMessage } = await made({ type: 'vote', target, options: ['Fri'], at: 1 }, poll, isMigrated)
    const { encIv: iv = Buffer.alloc(0), encPayload: payload = Buffer.alloc(0) } = pollUpdateMessage?.vote ?? {}
    if (!iv || !payload) throw new Error('it is not encrypted')
    const plain = openWith({ holds: 'vote', targetId: 'P', secret, author, sender }, { iv, payload })
    const { selectedOptions } = proto.Message.PollVoteMessage.decode(plain ?? Buffer.of(0xff))
    expect(selectedOptions.map((hash) => Buffer.from(hash))).toEqual([optionHash('Fri')])
  },
)

test('a vote needs the secret of its poll', async () => {
  const draft: ChangeDraft = { type: 'vote', target: keyIn(rina), options: [], at: 1 }
  const open = proto.Message.encode({ pollCreationMessage: { name: 'When?' } }).finish()
  for (const about of [undefined, open])
    await expect(made(draft, about)).rejects.toMatchObject({ name: 'Refused', code: 'no_secret' })
})

test('a reaction names the author of its message in a group, and not in a chat of two', async () => {
  const reacted = async (target: MessageKey) =>
    (await made({ type: 'reaction', target, emoji: '👍', at: 5 }, undefined)).reactionMessage
  expect(await reacted(keyIn(group, { sender: rinaLid }))).toMatchObject({
    text: '👍',
    key: { remoteJid: group, id: 'P', fromMe: false, participant: rinaLid },
  })
  expect((await reacted(keyIn(rina, { sender: rina })))?.key?.participant ?? '').toBe('')
})

test('a stanza says that it is a poll or a vote, which WhatsApp cannot read', () => {
  const meta = (polltype: string) => ({ additionalNodes: [{ tag: 'meta', attrs: { polltype } }] })
  expect(relayOptions({ pollUpdateMessage: {} })).toEqual(meta('vote'))
  for (const kind of ['pollCreationMessage', 'pollCreationMessageV2', 'pollCreationMessageV3'])
    expect(relayOptions({ [kind]: {} })).toEqual(meta('creation'))
  expect(relayOptions({ reactionMessage: {} })).toEqual({})
})
