import type { CopyFact, Fact, MessageFact, SealedFact } from '../../model/facts.ts'
import { bareJid, chatTypeOf, isLid, isPhone } from '../../model/jid.ts'
import { type MessageKey, messageStatuses } from '../../model/message.ts'
import { labelOf, textOf } from '../../model/text.ts'
import { cleanContent, cleanMentions, cleanPoll, isCount } from './clean-content.ts'

const longestId = 256
const longestEmoji = 64
const mostOptions = 256
const mostRawBytes = 1024 * 1024
const sealedBytes = { iv: 12, tag: 16, most: 128 * 1024 }
const mostUnread = 1_000_000
const futureMs = 24 * 60 * 60 * 1000

const statuses: ReadonlySet<string> = new Set(messageStatuses)

/**
 * Normalizes and bounds a fact, whose values come from untrusted people.
 * @param now replaces an impossible time
 * @returns undefined when the fact has no valid message, person or chat
 */
export function clean(fact: Fact, now: number): CopyFact | undefined {
  const cleaned = cleanFact(fact, now)
  const isHistory = 'history' in fact && fact.history === true
  return cleaned && isHistory && cleaned.kind !== 'message' && cleaned.kind !== 'sealed'
    ? { ...cleaned, history: true }
    : cleaned
}

function cleanFact(fact: Fact, now: number): CopyFact | undefined {
  switch (fact.kind) {
    case 'message':
      return cleanMessage(fact, now)
    case 'sealed':
      return cleanSealed(fact, now)
    case 'edit':
    case 'revoke': {
      const target = cleanKey(fact.target)
      const by = fact.by === 'me' ? 'me' : bareJid(fact.by)
      if (!target || !by) return undefined
      const at = cleanTime(fact.at, now)
      if (fact.kind === 'revoke') return { kind: 'revoke', target, by, at }
      const mentions = cleanMentions(fact.mentions)
      return {
        kind: 'edit',
        target,
        by,
        at,
        body: textOf(fact.body) ?? '',
        ...(mentions && { mentions }),
      }
    }
    case 'reaction':
    case 'vote':
      return cleanSaying(fact, now)
    case 'remove': {
      const target = cleanKey(fact.target)
      return target && { kind: 'remove', target }
    }
    case 'clear': {
      const chat = bareJid(fact.chat)
      if (chat === undefined || !isPlausible(fact.until, now)) return undefined
      return { kind: 'clear', chat, until: Math.trunc(fact.until), gone: fact.gone === true }
    }
    case 'receipt': {
      const target = cleanKey(fact.target)
      if (!target?.fromMe || !statuses.has(fact.status)) return undefined
      const error = fact.status === 'failed' ? labelOf(fact.error) : undefined
      return { kind: 'receipt', target, status: fact.status, at: cleanTime(fact.at, now), ...(error && { error }) }
    }
    case 'alias': {
      const lid = bareJid(fact.lid)
      const pn = bareJid(fact.pn)
      return lid && pn && isLid(lid) && isPhone(pn) ? { kind: 'alias', lid, pn } : undefined
    }
    case 'contact': {
      const jid = bareJid(fact.jid)
      const name = labelOf(fact.name)
      const pushName = labelOf(fact.pushName)
      return jid === undefined
        ? undefined
        : { kind: 'contact', jid, ...(name && { name }), ...(pushName && { pushName }) }
    }
    case 'chat': {
      const jid = bareJid(fact.jid)
      const name = labelOf(fact.name)
      if (jid === undefined) return undefined
      return {
        kind: 'chat',
        jid,
        ...(name && { name }),
        ...(isCount(fact.unreadCount) && { unreadCount: Math.min(fact.unreadCount, mostUnread) }),
        ...(typeof fact.archived === 'boolean' && { archived: fact.archived }),
        ...(typeof fact.pinned === 'boolean' && { pinned: fact.pinned }),
        ...((fact.mutedUntil === null || isCount(fact.mutedUntil)) && { mutedUntil: fact.mutedUntil }),
        ...(isPlausible(fact.lastMessageAt, now) && { lastMessageAt: Math.trunc(fact.lastMessageAt) }),
      }
    }
    // The outbox reads it: it says nothing of its message that another fact does not.
    case 'outcome':
    // It becomes an event, and changes no row.
    case 'notice':
      return undefined
    case 'timer': {
      const chat = bareJid(fact.chat)
      if (chat === undefined || !isCount(fact.seconds)) return undefined
      return { kind: 'timer', chat, seconds: fact.seconds, at: cleanTime(fact.at, now) }
    }
    case 'read': {
      const chat = bareJid(fact.chat)
      return chat === undefined ? undefined : { kind: 'read', chat }
    }
  }
}

function cleanMessage(fact: MessageFact, now: number): MessageFact | undefined {
  const key = cleanKey(fact)
  if (!key) return undefined
  const pushName = labelOf(fact.pushName)
  return {
    kind: 'message',
    ...key,
    timestamp: cleanTime(fact.timestamp, now),
    live: fact.live === true,
    ...(fact.read === true && { read: true }),
    ...(pushName && { pushName }),
    ...(key.fromMe && fact.status !== undefined && statuses.has(fact.status) && { status: fact.status }),
    // An undecrypted message has no content, whatever its envelope contains.
    ...(fact.undecryptable
      ? { type: 'unknown', undecryptable: true, ...(fact.viewOnce === true && { viewOnce: true }) }
      : { ...cleanContent(fact), ...(isRaw(fact.raw) && { raw: fact.raw }) }),
  }
}

/** A reaction or vote; undefined when it is of nobody. */
function cleanSaying(fact: Extract<Fact, { kind: 'reaction' | 'vote' }>, now: number): CopyFact | undefined {
  const target = cleanKey(fact.target)
  const by = fact.by === 'me' ? 'me' : bareJid(fact.by)
  if (!target || !by) return undefined
  const carrier = fact.carrier && cleanKey(fact.carrier)
  const common = { target, by, at: cleanTime(fact.at, now), ...(carrier && { carrier }) }
  if (fact.kind === 'reaction')
    return { kind: 'reaction', ...common, emoji: textOf(fact.emoji, longestEmoji)?.trim() ?? '' }
  const options = fact.options.slice(0, mostOptions).filter((option) => /^[0-9a-f]{64}$/.test(option))
  const poll = fact.poll && cleanPoll(fact.poll)
  return { kind: 'vote', ...common, options: [...new Set(options)], ...(poll && { poll }) }
}

function cleanSealed(fact: SealedFact, now: number): SealedFact | undefined {
  const envelope = cleanMessage({ kind: 'message', ...fact.carrier, type: 'unknown' }, now)
  const targetId = textOf(fact.targetId, longestId)
  const { iv, payload } = fact
  if (!envelope || !targetId || iv.length !== sealedBytes.iv) return undefined
  // A vote that was taken back has no content.
  if (payload.length < sealedBytes.tag || payload.length > sealedBytes.most) return undefined
  const author = bareJid(fact.author)
  const { kind: _, type: __, ...carrier } = envelope
  return {
    kind: 'sealed',
    holds: fact.holds,
    carrier,
    targetId,
    ...(author && { author }),
    own: fact.own.slice(0, 2).flatMap((jid) => bareJid(jid) ?? []),
    at: cleanTime(fact.at, now),
    iv,
    payload,
    ...(isSecret(fact.secret) && { secret: fact.secret }),
  }
}

/** The key of a message; with a sender only where chat and `fromMe` do not determine it. */
function cleanKey(key: MessageKey): MessageKey | undefined {
  const chat = bareJid(key.chat)
  const id = textOf(key.id, longestId)
  if (!chat || !id) return undefined
  const sender = key.fromMe || chatTypeOf(chat) === 'dm' ? undefined : bareJid(key.sender)
  return { chat, id, fromMe: key.fromMe === true, ...(sender && { sender }) }
}

const isRaw = (bytes: unknown): bytes is Uint8Array =>
  bytes instanceof Uint8Array && bytes.length > 0 && bytes.length <= mostRawBytes

const isSecret = (bytes: unknown): bytes is Uint8Array =>
  bytes instanceof Uint8Array && bytes.length > 0 && bytes.length <= 64

const isPlausible = (time: unknown, now: number): time is number =>
  typeof time === 'number' && time >= 1 && time <= now + futureMs

const cleanTime = (time: number, now: number) => (isPlausible(time, now) ? Math.trunc(time) : now)
