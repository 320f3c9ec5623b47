/** Servers whose answers have the documented shape and break what is promised of it in prose: one break, on two operations. */
import { below, type OperationId } from '../../contract.ts'
import { objectsIn } from '../../objects.ts'
import { follow, operationIds, operations, parley, responsePointer } from '../../parley.ts'
import type { Subject } from '../../prose.ts'
import type { ContractMutant } from '../contract.ts'
import { answers, edited, isObject, on } from '../fault.ts'
import { firstAndLast } from '../representatives.ts'

type Entry = Record<string, unknown>

interface Break {
  name: string
  of: Subject
  fault: string
  because: string | RegExp
  /** It is about the session that was named: only operations that name one can break it. */
  named?: true
  /** Of the first such object in an answer. */
  spoil: (object: Entry) => Entry
}

/** The entries of a list, changed. */
const entries = (change: (data: Entry[]) => Entry[]) => (list: Entry) => ({
  ...list,
  data: change(list.data as Entry[]),
})

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

const strangeId = (id: unknown) => String(id).replace(/.$/, (last) => (last === '0' ? '1' : '0'))

const ofMessages: readonly Break[] = [
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

const ofChats: readonly Break[] = [
  {
    name: 'type-of-another-jid',
    of: 'Chat',
    fault: 'calls the chat with a person a group',
    because: 'type is group, and jid is',
    spoil: (it) => ({ ...it, type: it.type === 'group' ? 'dm' : 'group', ...(it.type === 'group' && { jid: it.jid }) }),
  },
  {
    name: 'status-as-broadcast',
    of: 'Chat',
    fault: 'calls status updates a broadcast list',
    because: 'type is broadcast, and jid is status@broadcast',
    spoil: ({ aliases: _aliases, ...it }) => ({ ...it, type: 'broadcast', jid: 'status@broadcast' }),
  },
  {
    name: 'jid-as-alias',
    of: 'Chat',
    fault: 'lists the JID of a chat among its other JIDs',
    because: 'aliases has the jid itself',
    spoil: (it) => ({ ...it, aliases: [it.jid] }),
  },
  {
    name: 'alias-twice',
    of: 'Chat',
    fault: 'lists another JID of a chat twice',
    because: 'aliases has 100000000000009@lid twice',
    spoil: (it) => ({ ...it, aliases: ['100000000000009@lid', '100000000000009@lid'] }),
  },
  {
    name: 'muted-in-the-past',
    of: 'Chat',
    fault: 'shows a mute that is over',
    because: 'mutedUntil is 1700000000000, and that is over',
    spoil: (it) => ({ ...it, mutedUntil: 1_700_000_000_000 }),
  },
]

const ofSessions: readonly Break[] = [
  {
    name: 'number-without-jid',
    of: 'Session',
    fault: 'shows the number of a session without its JID',
    because: /phoneNumber is \d+, and waJid is absent/,
    spoil: ({ waJid: _jid, ...it }) => ({ ...it, phoneNumber: '6281234567890' }),
  },
  {
    name: 'jid-of-another-number',
    of: 'Session',
    fault: 'shows the JID of another number than that of the session',
    because: 'phoneNumber is 6281234567890, and waJid is 6281234567891@s.whatsapp.net',
    spoil: (it) => ({ ...it, phoneNumber: '6281234567890', waJid: '6281234567891@s.whatsapp.net' }),
  },
  {
    name: 'changed-before-it-was-created',
    of: 'Session',
    fault: 'has changed a session before it was created',
    because: 'before it was created',
    spoil: (it) => ({ ...it, updatedAt: Number(it.createdAt) - 1 }),
  },
  {
    name: 'connected-before-it-was-created',
    of: 'Session',
    fault: 'has connected a session before it was created',
    because: 'before it was created',
    spoil: (it) => ({ ...it, lastConnectedAt: Number(it.createdAt) - 1 }),
  },
  {
    name: 'working-and-never-connected',
    of: 'Session',
    fault: 'calls a session working that has never connected',
    because: 'it is working, and lastConnectedAt is absent',
    spoil: ({ lastConnectedAt: _at, ...it }) => ({ ...it, status: 'working', ...paired }),
  },
  {
    name: 'working-and-not-paired',
    of: 'Session',
    fault: 'calls a session working that has no number',
    because: 'it is working, and phoneNumber is absent',
    spoil: ({ phoneNumber: _number, waJid: _jid, ...it }) => ({
      ...it,
      status: 'working',
      lastConnectedAt: it.createdAt,
    }),
  },
  {
    name: 'another-session',
    named: true,
    of: 'Session',
    fault: 'answers with another id than that of the session that was asked for',
    because: /id is \w+, and \w+ was asked for/,
    spoil: (it) => ({ ...it, id: strangeId(it.id) }),
  },
  {
    name: 'connected-and-not-working',
    of: 'Me',
    fault: 'says that a session is connected whose status is another',
    because: /connected is \w+, and status is/,
    spoil: (it) => ({ ...it, connected: !it.connected }),
  },
  {
    name: 'account-of-another-number',
    of: 'Me',
    fault: 'shows the JID of another number in the account of a session',
    because: 'phoneNumber is 6281234567890, and waJid is 6281234567891@s.whatsapp.net',
    spoil: (it) => ({ ...it, phoneNumber: '6281234567890', waJid: '6281234567891@s.whatsapp.net' }),
  },
  {
    name: 'account-of-another-session',
    named: true,
    of: 'Me',
    fault: 'names another session in an account than the one that was asked for',
    because: /sessionId is \w+, and \w+ was asked for/,
    spoil: (it) => ({ ...it, sessionId: strangeId(it.sessionId) }),
  },
]

const paired = { phoneNumber: '6281234567890', waJid: '6281234567890@s.whatsapp.net' }

const ofLists: readonly Break[] = [
  {
    name: 'chat-under-each-jid',
    of: 'ChatList',
    fault: 'shows a person with two JIDs as two chats',
    because: 'is a name of two chats',
    spoil: entries((data) => [{ ...data[0], aliases: [data[1]?.jid] }, ...data.slice(1)]),
  },
  {
    name: 'alias-of-two-chats',
    of: 'ChatList',
    fault: 'gives two chats the same other JID',
    because: 'is a name of two chats',
    spoil: entries((data) => data.map((chat) => ({ ...chat, aliases: ['100000000000009@lid'] }))),
  },
]

/** The value at a JSON pointer, changed. */
const changedAt = (value: unknown, [step, ...rest]: readonly string[], change: (part: Entry) => unknown): unknown => {
  if (step === undefined) return change(value as Entry)
  if (Array.isArray(value))
    return value.map((part, index) => (String(index) === step ? changedAt(part, rest, change) : part))
  return isObject(value) ? { ...value, [step]: changedAt(value[step], rest, change) } : value
}

/** @param status of the answers that it is about @param schema of their body */
const mutantOf = (
  one: Omit<Break, 'of'>,
  id: OperationId,
  status: number,
  spoil: (body: unknown) => unknown,
): ContractMutant => ({
  id: `prose/${one.name}/${id}`,
  operationId: id,
  status,
  proof: `prose ${one.name}`,
  fault: `${one.fault} (${id})`,
  because: typeof one.because === 'string' ? new RegExp(literally(one.because)) : one.because,
  make: () => {
    let count = 0
    const fault = on(
      id,
      answers((answer, { method }) => {
        if (answer.status !== status || method === 'HEAD') return answer
        const changed = edited<unknown>(answer, spoil)
        if (!changed.bytes.equals(answer.bytes)) count++
        return changed
      }),
    )
    return { fault, applied: () => count }
  },
})

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Operations whose success shows such an object: looked for in the documented examples. */
const showing = (of: Subject): { id: OperationId; status: number; schema: string }[] =>
  operationIds.flatMap((id) => {
    const status = operations[id].statuses.find((one) => one < 300) ?? 200
    const content = below(follow(responsePointer(id, status)), 'content', 'application/json')
    const schema = below(content, 'schema')
    const examples = parley.at(below(content, 'examples'))
    const isShown = Object.values(isObject(examples) ? examples : {}).some((example) =>
      objectsIn(parley, schema, isObject(example) ? example.value : undefined).some(({ name }) => name === of),
    )
    return isShown ? [{ id, status, schema }] : []
  })

/** Each breaks one promise of `prose.ts`. */
export const breaks: readonly Break[] = [...ofMessages, ...ofChats, ...ofSessions, ...ofLists]

const ofObjects = breaks.flatMap((one) =>
  showing(one.of)
    .filter(({ id }) => one.named !== true || 'session' in operations[id].parameters.path)
    .map(({ id, status, schema }) =>
      mutantOf(one, id, status, (body) => {
        const found = objectsIn(parley, schema, body).find(({ name }) => name === one.of)
        return found === undefined ? body : changedAt(body, found.where.split('/').slice(1), one.spoil)
      }),
    ),
)

const ofErrors = ([400, 422] as const).flatMap((status) =>
  operationIds.map((id) =>
    mutantOf(
      {
        name: `errors-empty-${status}`,
        fault: 'does not say what is wrong with a request',
        because: '/error/details/errors must NOT have fewer than 1 items',
        spoil: (errors) => errors,
      },
      id,
      status,
      (body) => changedAt(body, ['error', 'details', 'errors'], () => []),
    ),
  ),
)

export const proseMutants: readonly ContractMutant[] = [...ofObjects, ...ofErrors]

/** Two operations for each break. */
export const representativeProseMutants = firstAndLast(proseMutants, ({ proof }) => proof)

/** One for each: what the rules look at is the object, whichever operation shows it. */
export const fewestProseMutants = [...new Map(representativeProseMutants.map((one) => [one.proof, one])).values()]
