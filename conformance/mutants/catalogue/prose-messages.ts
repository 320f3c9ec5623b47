/** Breaks of what is promised of messages in prose. */
import type { Break, Entry } from './prose-break.ts'

const reactionOf = (number: string) => ({
  emoji: '👍',
  senderJid: `${number}@s.whatsapp.net`,
  fromMe: false,
  timestamp: 1768468361000,
})

/** A poll with one option, which so many are said to have chosen. */
const pollWith = (votes: number, numbers: string[]) => ({
  name: 'When?',
  options: [{ name: 'At seven', votes }],
  selectableCount: 1,
  voters: numbers.map((number) => ({
    options: ['At seven'],
    senderJid: `${number}@s.whatsapp.net`,
    fromMe: false,
    timestamp: 1768468361000,
  })),
})

export const ofMessages: readonly Break[] = [
  {
    name: 'direction-turned',
    of: 'Message',
    fault: 'says that a message came in which the account has sent, or the other way round',
    because: /direction is \w+, and fromMe is/,
    spoil: (it) => ({ ...it, fromMe: !it.fromMe }),
  },
  {
    name: 'incoming-with-status',
    of: 'Message',
    fault: 'gives incoming messages a delivery status',
    because: 'an incoming message has the status read',
    spoil: (it) => ({ ...it, direction: 'in', fromMe: false, status: 'read', ackLevel: 4 }),
  },
  {
    name: 'ack-level-of-another-status',
    of: 'Message',
    fault: 'tells another status by its number than by its name',
    because: 'ackLevel is 2, and status is read',
    spoil: (it) => ({ ...bare(it), direction: 'out', fromMe: true, status: 'read', ackLevel: 2 }),
  },
  {
    name: 'ack-level-from-0',
    of: 'Message',
    fault: 'counts ackLevel from another end',
    because: 'ackLevel is 0, and status is pending',
    spoil: (it) => ({ ...bare(it), direction: 'out', fromMe: true, status: 'pending', ackLevel: 0 }),
  },
  {
    name: 'ack-level-alone',
    of: 'Message',
    fault: 'has an ackLevel where there is no status',
    because: 'ackLevel is 1, and status is absent',
    spoil: (it) => ({ ...bare(it), direction: 'in', fromMe: false, ackLevel: 1 }),
  },
  {
    name: 'status-alone',
    of: 'Message',
    fault: 'leaves ackLevel out where there is a status',
    because: 'ackLevel is absent, and status is sent',
    spoil: (it) => ({ ...bare(it), direction: 'out', fromMe: true, status: 'sent' }),
  },
  {
    name: 'error-of-sent',
    of: 'Message',
    fault: 'says why a message failed that did not',
    because: 'there is an error, and status is sent',
    spoil: (it) => ({ ...bare(it), direction: 'out', fromMe: true, status: 'sent', ackLevel: 2, error: 'no' }),
  },
  {
    name: 'deleted-with-body',
    of: 'Message',
    fault: 'keeps showing the text of a message that was deleted',
    because: 'it is deleted and has a body',
    spoil: (it) => ({ ...it, deleted: true, body: 'hello' }),
  },
  {
    name: 'deleted-with-media',
    of: 'Message',
    fault: 'keeps showing the attachment of a message that was deleted',
    because: 'it is deleted and has media',
    spoil: ({ body: _body, ...it }) => ({ ...it, deleted: true, hasMedia: true, media: {} }),
  },
  {
    name: 'media-unannounced',
    of: 'Message',
    fault: 'says that a message with an attachment has none',
    because: 'hasMedia is false, and media is there',
    spoil: (it) => ({ ...it, hasMedia: false, media: {} }),
  },
  {
    name: 'media-missing',
    of: 'Message',
    fault: 'says that a message has an attachment, and does not show it',
    because: 'hasMedia is true, and media is absent',
    spoil: ({ media: _media, ...it }) => ({ ...it, hasMedia: true }),
  },
  {
    name: 'own-with-sender',
    of: 'Message',
    fault: 'names the sender of own messages',
    because: 'an own message has a senderJid',
    spoil: (it) => ({ ...it, direction: 'out', fromMe: true, senderJid: '6281234567890@s.whatsapp.net' }),
  },
  {
    name: 'deleted-with-reactions',
    of: 'Message',
    fault: 'keeps showing the reactions to a message that was deleted',
    because: 'it is deleted and has reactions',
    spoil: (it) => ({ ...bare(it), deleted: true, hasMedia: false, reactions: [reactionOf('6280000000000')] }),
  },
  {
    name: 'reacts-twice',
    of: 'Message',
    fault: 'keeps the earlier reactions of somebody who reacted again',
    because: 'reactions has two of 6280000000000@s.whatsapp.net',
    spoil: (it) => ({
      ...it,
      deleted: false,
      reactions: [reactionOf('6280000000000'), { ...reactionOf('6280000000000'), emoji: '👎' }],
    }),
  },
  {
    name: 'own-reaction-with-sender',
    of: 'Message',
    fault: 'names the sender of own reactions',
    because: 'what is own in it has a senderJid',
    spoil: (it) => ({ ...it, deleted: false, reactions: [{ ...reactionOf('6280000000000'), fromMe: true }] }),
  },
  {
    name: 'poll-of-text',
    of: 'Message',
    fault: 'shows a poll in a text',
    because: 'there is a poll, and type is text',
    spoil: (it) => ({ ...it, deleted: false, type: 'text', poll: pollWith(0, []) }),
  },
  {
    name: 'votes-twice',
    of: 'Message',
    fault: 'keeps the earlier votes of somebody who voted again',
    because: 'voters has two entries of 6280000000000@s.whatsapp.net',
    spoil: (it) => ({ ...it, deleted: false, type: 'poll', poll: pollWith(2, ['6280000000000', '6280000000000']) }),
  },
  {
    name: 'votes-miscounted',
    of: 'Message',
    fault: 'counts votes that nobody has given',
    because: '"At seven" has 3 votes, and 1 chose it',
    spoil: (it) => ({ ...it, deleted: false, type: 'poll', poll: pollWith(3, ['6280000000000']) }),
  },
  {
    name: 'quotes-itself',
    of: 'Message',
    fault: 'says that a message answers itself',
    because: /it quotes msg_\w+, the message itself/,
    spoil: (it) => ({ ...it, quoted: { id: it.id, waMessageId: it.waMessageId, fromMe: it.fromMe, type: it.type } }),
  },
  {
    name: 'mention-names-of-others',
    of: 'Message',
    fault: 'names people whom a message does not mention',
    because: 'mentionNames has 6280000000001, whom it does not mention',
    spoil: (it) => ({
      ...it,
      mentions: ['6280000000000@s.whatsapp.net'],
      mentionNames: { '6280000000001': 'Nobody' },
    }),
  },
]

/** Without what another promise is about. */
const bare = ({ status: _status, ackLevel: _level, error: _error, senderJid: _sender, ...it }: Entry): Entry => it
