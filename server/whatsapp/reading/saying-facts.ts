/** Reactions and votes, read from the messages that bring them, and from the history of the message that they are about. */
import type { Fact } from '../../model/facts.ts'
import type { MessageKey, Poll } from '../../model/message.ts'
import { textOf } from '../../model/text.ts'
import type { proto, WAMessage } from '../library.ts'
import { authorOf, idOf, keyOf } from './addresses.ts'
import { editTime, namedBy, namedLive } from './change-facts.ts'
import { millisOf } from './plain.ts'
import type { Reading } from './reading.ts'

const maxEmoji = 64
/** A poll has at most 256 options. */
const maxChosen = 256
const sha256Bytes = 32

/** What brought it. */
interface Carrier {
  key: MessageKey
  timestamp: number
  live: boolean
}

/** @param target the message that it is about, if that is known better than the reaction names it */
export const reactionFacts = (
  { key, text, senderTimestampMs }: proto.Message.IReactionMessage,
  carrier: Carrier,
  reading: Reading,
  target?: MessageKey,
): Fact[] => {
  const id = idOf(key?.id)
  if (id === undefined) return []
  const named = carrier.live ? namedLive : namedBy
  return [
    {
      kind: 'reaction',
      target: target ?? named(key, id, carrier.key, reading),
      emoji: textOf(text, maxEmoji) ?? '',
      ...saidBy(carrier, editTime(senderTimestampMs, carrier.timestamp)),
    },
  ]
}

/** @param poll what is voted about */
export const voteFacts = (
  { selectedOptions }: proto.Message.IPollVoteMessage,
  carrier: Carrier,
  at: number,
  { target, poll }: { target: MessageKey; poll?: Poll | undefined },
): Fact[] => [
  { kind: 'vote', target, options: hashesIn(selectedOptions), ...(poll && { poll }), ...saidBy(carrier, at) },
]

/** In a history, reactions and votes come with their message; the votes are decrypted. */
export const sayingsBeside = (message: WAMessage, target: MessageKey, reading: Reading): Fact[] => {
  const carrierOf = (key: proto.IMessageKey | null | undefined, time: unknown): Carrier[] => {
    const by = keyOf({ key: { ...key, remoteJid: target.chat } }, reading)
    if (by === undefined || by.id === target.id) return []
    return [{ key: by, timestamp: millisOf(time) ?? 0, live: false }]
  }
  const reactions = (message.reactions ?? []).flatMap(({ key, text, senderTimestampMs }) =>
    carrierOf(key, senderTimestampMs).flatMap((carrier) =>
      reactionFacts({ key: { id: target.id }, text, senderTimestampMs }, carrier, reading, target),
    ),
  )
  const votes = (message.pollUpdates ?? []).flatMap(({ pollUpdateMessageKey, vote, senderTimestampMs }) =>
    carrierOf(pollUpdateMessageKey, senderTimestampMs).flatMap((carrier) =>
      vote ? voteFacts(vote, carrier, carrier.timestamp, { target }) : [],
    ),
  )
  return [...reactions, ...votes]
}

const saidBy = ({ key, live }: Carrier, at: number) => ({
  by: authorOf(key),
  at,
  carrier: key,
  ...(!live && { history: true as const }),
})

const hashesIn = (options: unknown): string[] =>
  Array.isArray(options)
    ? options.slice(0, maxChosen).flatMap((hash) => {
        const isHash = hash instanceof Uint8Array && hash.length === sha256Bytes
        return isHash ? [Buffer.from(hash).toString('hex')] : []
      })
    : []
