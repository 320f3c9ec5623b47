import { bareJid, isGroup } from '../../model/jid.ts'
import type { Presence } from '../../ports/whatsapp/connection.ts'
import type { BinaryNode } from '../library.ts'
import { millisOf } from './plain.ts'

/** @returns undefined for what is no presence of a person, such as how many members of a group are online */
export const presenceIn = (stanza: Pick<BinaryNode, 'tag' | 'attrs' | 'content'>): Presence | undefined => {
  const { tag, attrs, content } = stanza
  const chat = bareJid(attrs.from)
  const jid = bareJid(attrs.participant ?? attrs.from)
  if (chat === undefined || jid === undefined || isGroup(jid)) return undefined
  if (tag === 'presence') {
    if (attrs.type !== 'unavailable') return { chat, jid, state: 'available' }
    const lastSeenAt = millisOf(attrs.last)
    return { chat, jid, state: 'unavailable', ...(lastSeenAt !== undefined && { lastSeenAt }) }
  }
  const [child] = Array.isArray(content) ? content : []
  if (child?.tag === 'paused') return { chat, jid, state: 'paused' }
  if (child?.tag !== 'composing') return undefined
  return { chat, jid, state: child.attrs?.media === 'audio' ? 'recording' : 'composing' }
}
