/** Sends over the API, with a kill on the way, and looks what became of it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Order } from '../shim/orders.ts'
import type { Chat } from './receivers.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/** A statement at which the process is killed. */
export type Die = Omit<Extract<Order, { do: 'die' }>, 'do'>

const statement = (like: string, when: Die['when'], nth = 1): Die => ({ which: { like }, nth, when })

/** Where the process is killed on the way of a message; undefined: when WhatsApp gets the message. */
export const sendingPoints = {
  'before it is accepted': statement('into outgoing', 'before'),
  'acceptance uncommitted': statement('into outgoing', 'uncommitted'),
  accepted: statement('into outgoing', 'committed'),
  'before the claim': statement('update outgoing set claimed_at', 'before'),
  'claim uncommitted': statement('update outgoing set claimed_at', 'uncommitted'),
  claimed: statement('update outgoing set claimed_at', 'committed'),
  'at WhatsApp': undefined,
  'before the keys': statement('key_writes', 'before'),
  'keys committed': statement('key_writes', 'committed'),
  'before the end is stored': statement('delete from outgoing', 'before'),
  'end uncommitted': statement('delete from outgoing', 'uncommitted'),
  'end stored': statement('delete from outgoing', 'committed'),
} satisfies Record<string, Die | undefined>

/** One of `sendingPoints`. */
export type SendingPoint = keyof typeof sendingPoints

/** A message as the API shows it. */
export interface Shown {
  id: string
  waMessageId: string
  body: string
  status: string
}

/** How long the gateway has to get to the point at which it is killed. */
const reachMs = 5_000

const post = ({ call, sessionId }: World, chat: Chat, text: string) =>
  call('POST', `/sessions/${sessionId}/messages`, { type: 'text', to: chat.jid, text })

/** Sends a text until it is accepted. */
export const sendWell = async (world: World, chat: Chat, text = 'before'): Promise<Shown> =>
  until('a message to be sent', async () => {
    const { status, body } = await post(world, chat, text)
    // What was accepted is not sent a second time.
    return status === 200 || status === 202 ? (body as Shown) : undefined
  })

/** Sends a text, once, and kills the gateway on its way. @returns whether it died there */
export const killOnTheWay = async (world: World, chat: Chat, text: string, point: SendingPoint): Promise<boolean> => {
  const { gateway, loopback } = world
  const order: Die | undefined = sendingPoints[point]
  if (order !== undefined) await gateway.order({ do: 'die', ...order })
  const stop = loopback.on('stanza', ({ direction, stanza }) => {
    const isOurs = order === undefined && direction === 'in' && stanza.tag === 'message' && stanza.attrs.to === chat.jid
    if (isOurs) gateway.signal('SIGKILL')
  })
  const answered = post(world, chat, text).then(
    () => false,
    () => false,
  )
  const died = gateway.ended.then(
    () => true,
    () => true,
  )
  const isDead = await Promise.race([died, answered.then(() => Promise.race([died, pause(reachMs, false)]))])
  stop()
  return isDead
}

/** The message as it is stored, once it is known how it ended; undefined when it was not accepted. */
export const settled = ({ call, sessionId }: World, chat: Chat, text: string): Promise<Shown | undefined> =>
  until(`how "${text}" has ended`, async () => {
    const { status, body } = await call('GET', `/sessions/${sessionId}/chats/${chat.jid}/messages`)
    const found = status === 200 ? (body as { data: Shown[] }).data.filter((one) => one.body === text) : []
    if (found.length > 1) throw new Error(`"${text}" is stored ${found.length} times`)
    const [only] = found
    if (only?.status === 'pending') return undefined
    return [only]
  }).then(([only]) => only)
