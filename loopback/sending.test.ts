import { randomBytes } from 'node:crypto'
import {
  decryptPollVote,
  generateMessageIDV2,
  getAggregateVotesInPollMessage,
  proto,
  type WAMessage,
} from '@whiskeysockets/baileys'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EventLog } from './events.ts'
import { type Account, type Loopback, startLoopback } from './index.ts'
import { sealUnder } from './people/sealing.ts'
import { optionHash } from './people/votes.ts'
import { pair } from './test-client.ts'

let wa: Loopback
let owner: Account
let contact: Account
let client: Awaited<ReturnType<typeof pair>>

beforeAll(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234', name: 'Owner' })
  client = await pair(wa, owner)
  client.sock.ev.on('messages.upsert', ({ messages }) => {
    for (const message of messages) emissions.emit('message', message)
  })
  await owner.phone.sendHistory({}, client.companion)
  await client.next('messaging-history.set')
})

afterAll(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

/** Each message that the client emits: it may emit several at once. */
const emissions = new EventLog<{ message: WAMessage }>()

let contacts = 0
beforeEach(() => {
  contact = wa.account({ pn: `62855500${1000 + ++contacts}`, name: `Contact ${contacts}` })
})

type Content = Parameters<typeof client.sock.sendMessage>[1]
type Options = Parameters<typeof client.sock.sendMessage>[2]

/** Sends with the client, and resolves when the phone of the contact and the own one have it. @returns what the client says it sent */
async function send(content: Content, options?: Options, to = contact.pn) {
  const sent = await client.sock.sendMessage(to, content, options)
  if (!sent?.key.id) throw new Error('the client sent nothing')
  await arrived(sent.key.id)
  return sent
}

async function arrived(id: string) {
  for (const { pn } of [contact, owner])
    await wa.next('message', (message) => message.id === id && message.phone === pn)
}

/** What both phones show of the message: it is the same. */
function shown(id: string | null | undefined, chat?: string) {
  const [theirs, own] = [contact, owner].map(({ phone }) => phone.screen.find(id ?? '', chat))
  const { chat: _theirs, ...seen } = theirs ?? {}
  const { chat: _own, ...seenByOwner } = own ?? {}
  expect(seenByOwner).toEqual(seen)
  return theirs
}

/** The message with this id that the client emits. */
const emitted = (id: string) => emissions.next('message', ({ key }) => key.id === id)

const location = { degreesLatitude: -6.2, degreesLongitude: 106.8, name: 'Jakarta', address: 'Monas' }
const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Ani\nTEL;type=CELL;waid=628:+628\nEND:VCARD'

describe('what a contact and the own phone show', () => {
  test.each<[string, Content, proto.IMessage]>([
    ['text', { text: 'hello there' }, { extendedTextMessage: { text: 'hello there' } }],
    ['location', { location }, { locationMessage: location }],
    ['contact', { contacts: { displayName: 'Ani', contacts: [{ vcard }] } }, { contactMessage: { vcard } }],
    [
      'contacts',
      { contacts: { displayName: 'Two', contacts: [{ vcard }, { vcard }] } },
      { contactsArrayMessage: { displayName: 'Two', contacts: [{ vcard }, { vcard }] } },
    ],
    [
      'poll',
      { poll: { name: 'When?', values: ['Now', 'Later'], selectableCount: 1 } },
      { pollCreationMessageV3: { name: 'When?', options: [{ optionName: 'Now' }, { optionName: 'Later' }] } },
    ],
  ])('a message of kind %s', async (_kind, content, message) => {
    const { key } = await send(content)
    expect(shown(key.id)).toMatchObject({ from: owner.pn, arrivals: 1, unreadable: 0, message, edited: false })
    expect(contact.phone.screen.messages).toHaveLength(1)
    expect(wa.submissions.of(key.id ?? '')).toMatchObject([{ to: contact.pn, nth: 1, outcome: 'delivered' }])
  })

  test('a reply with a mention', async () => {
    const id = await contact.phone.send(owner.pn, 'what time?')
    const received = await emitted(id)
    const { key } = await send({ text: '@628 at ten', mentions: ['628@s.whatsapp.net'] }, { quoted: received })
    expect(shown(key.id)?.message?.extendedTextMessage?.contextInfo).toMatchObject({
      stanzaId: id,
      participant: contact.pn,
      quotedMessage: { conversation: 'what time?' },
      mentionedJid: ['628@s.whatsapp.net'],
    })
  })

  test('an edit, then a revoke', async () => {
    const { key } = await send({ text: 'helo' })
    await send({ text: 'hello', edit: key })
    expect(shown(key.id)).toMatchObject({ edited: true, message: { extendedTextMessage: { text: 'hello' } } })
    await send({ delete: key })
    expect(shown(key.id)).toMatchObject({ edited: true, revoked: true })
    expect(shown(key.id)).not.toHaveProperty('message')
    expect(contact.phone.screen.messages).toHaveLength(1)
    expect(wa.submissions.entries.slice(-2).map(({ edit }) => edit)).toEqual(['1', '7'])
  })

  test('a reaction, another one, and none', async () => {
    const id = await contact.phone.send(owner.pn, 'good news')
    const key = { id, remoteJid: contact.pn, fromMe: false }
    for (const [text, reactions] of [
      ['👍', [{ from: owner.pn, emoji: '👍' }]],
      ['🎉', [{ from: owner.pn, emoji: '🎉' }]],
      ['', []],
    ] as const) {
      await send({ react: { text, key } })
      expect(shown(id)?.reactions).toEqual(reactions)
    }
  })

  test('a forwarded message', async () => {
    const id = await contact.phone.send(owner.pn, 'pass it on')
    const received = await emitted(id)
    const { key } = await send({ forward: received })
    const text = shown(key.id)?.message?.extendedTextMessage
    expect(text).toMatchObject({ text: 'pass it on', contextInfo: { isForwarded: true, forwardingScore: 1 } })
  })

  test('what another tries to edit or to delete stays', async () => {
    const stranger = wa.account({ pn: '6285559990000' })
    const group = wa.group({ subject: 'Team', members: [owner, contact, stranger] })
    const { key } = await send({ text: 'mine' }, {}, group.jid)
    await stranger.phone.edit(group.jid, key.id ?? '', 'changed')
    await stranger.phone.revoke(group.jid, key.id ?? '')
    expect(shown(key.id)).toMatchObject({ edited: false, revoked: false })
    await contact.phone.send(group.jid, 'theirs', { id: 'THEIRS' })
    await owner.phone.revoke(group.jid, 'THEIRS')
    expect(stranger.phone.screen.find('THEIRS')).toMatchObject({ revoked: true })
  })
})

describe('polls', () => {
  const secret = randomBytes(32)

  test('a vote of the contact is readable by the client that made the poll, and may change', async () => {
    const poll = await send({ poll: { name: 'Where?', values: ['Here', 'There'], selectableCount: 1 } })
    const messageSecret = poll.message?.messageContextInfo?.messageSecret
    for (const options of [['There'], ['Here'], []]) {
      const id = await contact.phone.vote(owner.pn, poll.key.id ?? '', options)
      const received = await emitted(id)
      const update = received.message?.pollUpdateMessage
      if (!update?.vote || !messageSecret) throw new Error('no vote')
      const vote = decryptPollVote(update.vote, {
        pollCreatorJid: owner.pn,
        pollMsgId: poll.key.id ?? '',
        pollEncKey: messageSecret,
        voterJid: contact.pn,
      })
      const votes = getAggregateVotesInPollMessage({
        message: poll.message,
        pollUpdates: [{ vote, pollUpdateMessageKey: received.key }],
      })
      expect(votes.filter(({ voters }) => voters.length > 0).map(({ name }) => name)).toEqual(options)
      expect(contact.phone.screen.find(poll.key.id ?? '')?.votes).toEqual(
        options.length > 0 ? [{ from: contact.pn, options }] : [],
      )
    }
  })

  test.each(['pn', 'lid'] as const)('a vote of the client is readable by the contact (addresses: %s)', async (form) => {
    const pollId = await contact.phone.sendPoll(owner.pn, { name: 'Who?', options: ['Me', 'You'], secret })
    const under = { id: pollId, secret, author: contact[form], sender: owner[form] }
    const selectedOptions = [optionHash('You')]
    const content = proto.Message.PollVoteMessage.encode({ selectedOptions })
    const pollCreationMessageKey = { remoteJid: contact.pn, id: pollId, fromMe: false }
    const messageId = generateMessageIDV2(owner.pn)
    await client.sock.relayMessage(
      contact.pn,
      { pollUpdateMessage: { pollCreationMessageKey, vote: sealUnder('vote', under, content.finish()) } },
      { messageId, additionalNodes: [{ tag: 'meta', attrs: { polltype: 'vote' } }] },
    )
    await arrived(messageId)
    expect(shown(pollId)?.votes).toEqual([{ from: owner.pn, options: ['You'] }])
  })
})
