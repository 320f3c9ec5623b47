/** Servers that tell time in their own way. */
import type { WireAnswer } from '../../transport.ts'
import { answers, edited, isObject } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const isTime = (name: string) => /At$|^timestamp$|Until$/.test(name)

/** Every time in every answer, or in the members of one name. */
const retold = (change: (time: number) => unknown, only: (name: string) => boolean = isTime): Pick<Mutant, 'make'> => {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        only(name) && typeof member === 'number' ? change(member) : visit(member),
      ]),
    )
  }
  const fault = (answer: WireAnswer) => (answer.status < 300 ? edited(answer, visit) : answer)
  return { make: () => answers((answer, { method }) => (method === 'HEAD' ? answer : fault(answer))) }
}

const seconds = (time: number) => Math.floor(time / 1000)

export const times: readonly Mutant[] = [
  {
    id: 'times/messages-in-seconds',
    fault: 'tells the times of messages in seconds',
    killedBy: ['listChatMessages/200/-/newest-page'],
    because: 'is not in milliseconds',
    touches: ['*'],
    ...retold(seconds, (name) => name === 'timestamp'),
  },
  {
    id: 'times/chats-in-seconds',
    fault: 'tells the times of chats in seconds',
    killedBy: ['listChats/200/-/first-page'],
    because: 'is not in milliseconds',
    touches: ['*'],
    ...retold(seconds, (name) => name === 'lastMessageAt'),
  },
  {
    id: 'times/sessions-in-seconds',
    fault: 'tells the times of sessions in seconds',
    killedBy: ['listSessions/200/-/own-sessions', 'getSession/200/-/own-session'],
    because: 'is not in milliseconds',
    touches: ['*'],
    ...retold(seconds, (name) => ['createdAt', 'updatedAt', 'lastConnectedAt'].includes(name)),
  },
  {
    id: 'times/codes-in-seconds',
    fault: 'tells in seconds when a code stops working',
    killedBy: ['sessionQR/200/-/code'],
    because: 'is not in milliseconds',
    touches: ['createEventTicket/201/*', 'uploadMedia/201/*', 'sessionQR/*'],
    ...retold(seconds, (name) => name === 'expiresAt'),
  },
  {
    id: 'times/in-microseconds',
    fault: 'tells times in microseconds',
    killedBy: ['listSessions/200/-/own-sessions', 'listChatMessages/200/-/newest-page', 'listChats/200/-/first-page'],
    because: 'must be <= 253402300799999',
    touches: ['*'],
    ...retold((time) => time * 1000),
  },
  {
    id: 'times/a-year-ahead',
    fault: 'tells times by a clock that is a year ahead',
    killedBy: [
      'createSession/201/-/defaults',
      'listChatMessages/200/-/times',
      'listChats/200/-/times',
      'sessionQR/200/-/code',
    ],
    because: /its times cannot be|is not in milliseconds|expiresAt is not about now/,
    touches: ['createSession/201/*'],
    ...retold((time) => time + year),
  },
]

const year = 365 * 86_400_000
