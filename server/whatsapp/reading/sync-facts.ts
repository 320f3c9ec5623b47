/** Deletions by other devices of the account. */
import type { Fact } from '../../model/facts.ts'
import { labelOf } from '../../model/text.ts'
import { chatJid, keyOf } from './addresses.ts'
import { partOf } from './message-part.ts'
import { millisOf } from './plain.ts'
import type { Reading } from './reading.ts'

/** @param action as the library names it to its log */
export const syncActionFacts = (action: unknown, reading: Reading): Fact[] => {
  const { index, syncAction } = partOf(action) ?? {}
  if (!Array.isArray(index)) return []
  const [type, jid, id, fromMe, participant] = index as unknown[]
  const chat = chatJid(jid)
  if (chat === undefined) return []
  const value = partOf(partOf(syncAction)?.value) ?? {}
  switch (type) {
    case 'deleteMessageForMe': {
      const key = { remoteJid: chat, id: labelOf(id), fromMe: fromMe === '1', participant: labelOf(participant) }
      const target = keyOf({ key }, reading)
      return target === undefined ? [] : [{ kind: 'remove', target }]
    }
    case 'clearChat':
    case 'deleteChat': {
      const until = rangeEnd(value.clearChatAction ?? value.deleteChatAction) ?? millisOf(value.timestamp)
      return until === undefined ? [] : [{ kind: 'clear', chat, until, gone: type === 'deleteChat' }]
    }
    default:
      return []
  }
}

/** The time of the newest message that it includes. */
const rangeEnd = (action: unknown): number | undefined => {
  const range = partOf(partOf(action)?.messageRange)
  const ends = [range?.lastMessageTimestamp, range?.lastSystemMessageTimestamp].map(millisOf)
  const known = ends.filter((end) => end !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
