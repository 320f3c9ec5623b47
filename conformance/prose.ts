/**
 * What the contract promises of answers in words that no keyword of a schema carries. Each promise is looked at in every answer
 * that has such an object, whichever operation it is of.
 */
import type { Call } from './case.ts'
import type { Schemas } from './contract.ts'

/** What the contract calls the objects that have promises. */
type Subjects = Pick<Schemas, 'Message' | 'Chat' | 'Session' | 'Me' | 'ChatList'> & {
  EpochMs: number
}
export type Subject = keyof Subjects

export interface Promised {
  /** Which objects it is about: a name in `components/schemas`. */
  readonly of: Subject
  /** The members that it ties together. */
  readonly members: readonly string[]
  /**
   * @param asked undefined where the answer was made up beforehand, as by a mock
   * @returns what does not hold, in words that finish "/data/3: …"; undefined when all is well
   */
  readonly broken: (object: never, asked: Call | undefined) => string | undefined
}

const promised = <K extends Subject>(
  of: K,
  members: readonly string[],
  broken: (object: Subjects[K], asked: Call | undefined) => string | undefined | false,
): Promised => ({ of, members, broken: (object: Subjects[K], asked) => broken(object, asked) || undefined })

const statuses = ['failed', 'pending', 'sent', 'delivered', 'read', 'played']

/** What a chat of each kind is called. */
const servers: Readonly<Record<string, RegExp>> = {
  dm: /@(s\.whatsapp\.net|lid)$/,
  group: /@g\.us$/,
  newsletter: /@newsletter$/,
  broadcast: /(?<!^status)@broadcast$/,
  status: /^status@broadcast$/,
}

/** Seconds of the years from 1985 to 5138. Milliseconds among them are of 1970 to 1973; what is less is somebody's wrong clock. */
const isInSeconds = (time: number) => time > 5e8 && time < 1e11

/** Clocks differ, and an answer takes a while. */
const toleranceMs = 60_000

const isTwice = <T>(entries: readonly T[]) => entries.find((entry, index) => entries.indexOf(entry) !== index)

const message: readonly Promised[] = [
  promised('Message', ['direction', 'fromMe'], ({ direction, fromMe }) => {
    return fromMe !== (direction === 'out') && `direction is ${direction}, and fromMe is ${fromMe}`
  }),
  promised('Message', ['status', 'direction'], ({ status, direction }) => {
    return direction === 'in' && status !== undefined && `an incoming message has the status ${status}`
  }),
  promised('Message', ['status', 'ackLevel'], ({ status, ackLevel }) => {
    const level = status === undefined ? undefined : statuses.indexOf(status)
    return level !== ackLevel && `ackLevel is ${ackLevel ?? 'absent'}, and status is ${status ?? 'absent'}`
  }),
  promised('Message', ['error', 'status'], ({ error, status }) => {
    return error !== undefined && status !== 'failed' && `there is an error, and status is ${status ?? 'absent'}`
  }),
  promised(
    'Message',
    ['deleted', 'body'],
    ({ deleted, body }) => deleted && body !== undefined && 'it is deleted and has a body',
  ),
  promised(
    'Message',
    ['deleted', 'media'],
    ({ deleted, media }) => deleted && media !== undefined && 'it is deleted and has media',
  ),
  promised('Message', ['hasMedia', 'media'], ({ hasMedia, media }) => {
    return hasMedia !== (media !== undefined) && `hasMedia is ${hasMedia}, and media is ${media ? 'there' : 'absent'}`
  }),
  promised(
    'Message',
    ['senderJid', 'fromMe'],
    ({ senderJid, fromMe }) => fromMe && senderJid !== undefined && 'an own message has a senderJid',
  ),
  promised('Message', ['deleted', 'quoted', 'reactions', 'location', 'contacts', 'poll'], (message) => {
    const { deleted, quoted, reactions, location, contacts, poll } = message
    const rest = Object.entries({ quoted, reactions, location, contacts, poll }).find(
      ([, value]) => value !== undefined,
    )
    return deleted && rest !== undefined && `it is deleted and has ${rest[0]}`
  }),
  promised('Message', ['reactions'], ({ reactions = [] }) => {
    const twice = isTwice(reactions.map(({ senderJid = 'the account' }) => senderJid))
    return twice !== undefined && `reactions has two of ${twice}`
  }),
  promised('Message', ['reactions', 'senderJid', 'fromMe'], ({ reactions = [], poll, quoted }) => {
    const said = [...reactions, ...(poll?.voters ?? []), ...(quoted ? [quoted] : [])]
    return (
      said.some(({ fromMe, senderJid }) => fromMe && senderJid !== undefined) && 'what is own in it has a senderJid'
    )
  }),
  promised('Message', ['poll', 'type'], ({ poll, type }) => {
    return poll !== undefined && type !== 'poll' && `there is a poll, and type is ${type}`
  }),
  promised('Message', ['poll'], ({ poll }) => {
    const twice = isTwice(poll?.voters.map(({ senderJid = 'the account' }) => senderJid) ?? [])
    return twice !== undefined && `voters has two entries of ${twice}`
  }),
  promised('Message', ['poll'], ({ poll }) => {
    const { options = [], voters = [] } = poll ?? {}
    const countOf = (name: string) => voters.filter((voter) => voter.options.includes(name)).length
    const wrong = options.find(({ name, votes }) => votes !== countOf(name))
    return wrong !== undefined && `"${wrong.name}" has ${wrong.votes} votes, and ${countOf(wrong.name)} chose it`
  }),
  promised('Message', ['quoted', 'id'], ({ quoted, id }) => quoted?.id === id && `it quotes ${id}, the message itself`),
  promised('Message', ['mentions', 'mentionNames'], ({ mentions = [], mentionNames = {} }) => {
    const known = mentions.map((jid) => jid.split('@')[0])
    const strange = Object.keys(mentionNames).find((name) => !known.includes(name))
    return strange !== undefined && `mentionNames has ${strange}, whom it does not mention`
  }),
]

const chat: readonly Promised[] = [
  promised('Chat', ['type', 'jid'], ({ type, jid }) => {
    return servers[type]?.test(jid) === false && `type is ${type}, and jid is ${jid}`
  }),
  promised(
    'Chat',
    ['aliases', 'jid'],
    ({ aliases = [], jid }) => aliases.includes(jid) && `aliases has the jid itself, ${jid}`,
  ),
  promised('Chat', ['aliases'], ({ aliases = [] }) => {
    const twice = isTwice(aliases)
    return twice !== undefined && `aliases has ${twice} twice`
  }),
  promised('Chat', ['mutedUntil'], ({ mutedUntil = Number.POSITIVE_INFINITY }, asked) => {
    const isOver = asked !== undefined && mutedUntil < Date.now() - toleranceMs
    return isOver && `mutedUntil is ${mutedUntil}, and that is over`
  }),
]

const session: readonly Promised[] = [
  promised('Session', ['phoneNumber', 'waJid'], ({ phoneNumber, waJid }) => {
    const isOne = phoneNumber === undefined ? waJid === undefined : waJid?.split('@')[0] === phoneNumber
    return !isOne && `phoneNumber is ${phoneNumber ?? 'absent'}, and waJid is ${waJid ?? 'absent'}`
  }),
  promised('Session', ['updatedAt', 'createdAt'], ({ updatedAt, createdAt }) => {
    return updatedAt < createdAt && `it changed at ${updatedAt}, before it was created at ${createdAt}`
  }),
  promised('Session', ['lastConnectedAt', 'createdAt'], ({ lastConnectedAt = Number.POSITIVE_INFINITY, createdAt }) => {
    return lastConnectedAt < createdAt && `it connected at ${lastConnectedAt}, before it was created at ${createdAt}`
  }),
  promised('Session', ['status', 'lastConnectedAt'], ({ status, lastConnectedAt }) => {
    return status === 'working' && lastConnectedAt === undefined && 'it is working, and lastConnectedAt is absent'
  }),
  promised('Session', ['status', 'phoneNumber'], ({ status, phoneNumber }) => {
    return status === 'working' && phoneNumber === undefined && 'it is working, and phoneNumber is absent'
  }),
  promised('Session', ['id'], ({ id }, asked) => {
    const named = asked?.path?.session
    return named !== undefined && id !== named && `id is ${id}, and ${named} was asked for`
  }),
]

const me: readonly Promised[] = [
  promised('Me', ['status', 'connected'], ({ status, connected }) => {
    return connected !== (status === 'working') && `connected is ${connected}, and status is ${status}`
  }),
  promised('Me', ['phoneNumber', 'waJid'], ({ phoneNumber, waJid }) => {
    const isOne = phoneNumber === undefined || waJid === undefined || waJid.split('@')[0] === phoneNumber
    return !isOne && `phoneNumber is ${phoneNumber}, and waJid is ${waJid}`
  }),
  promised('Me', ['sessionId'], ({ sessionId }, asked) => {
    const named = asked?.path?.session
    return named !== undefined && sessionId !== named && `sessionId is ${sessionId}, and ${named} was asked for`
  }),
]

const lists: readonly Promised[] = [
  promised('ChatList', ['data'], ({ data }) => {
    const twice = isTwice(data.flatMap(({ aliases = [] }) => aliases)) ?? twoNames(data)
    return twice !== undefined && `${twice} is a name of two chats`
  }),
]

/** @returns a JID that is another chat's alias as well */
const twoNames = (chats: readonly Schemas['Chat'][]) => {
  const aliases = new Set(chats.flatMap(({ aliases = [] }) => aliases))
  return chats.find(({ jid }) => aliases.has(jid))?.jid
}

/** In the order of the contract. */
export const prose: readonly Promised[] = [
  ...message,
  ...chat,
  ...session,
  ...me,
  ...lists,
  promised('EpochMs', [], (time) => isInSeconds(time) && `${time} is not in milliseconds`),
]
