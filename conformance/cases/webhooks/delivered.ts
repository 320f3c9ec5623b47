/** What cases of deliveries share: a webhook to an address of the case, and messages that come into one chat. */
import type { Called } from '../../addresses.ts'
import type { Caller, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { judgeEvent } from '../../oracle.ts'
import { canonical, parley } from '../../parley.ts'
import { type Inbox, type Received, signatureFault } from '../../receiver.ts'
import { scratch, type Webhook } from './scratch.ts'

type Event = Schemas['Event']

/** What a case needs that lets messages come in and looks at what its webhooks are sent. */
export const delivering = {
  needs: ['fixtures.liveSession', 'fixtures.busyChat'],
  features: ['receiver', 'hook'],
  effects: ['webhooks'],
  lane: 'serial:busyChat',
} as const

/** Names that `arrived` gives to `check`. */
export const arrivalChecks = ['call', 'same-id', 'same-body'] as const

export interface Subscription {
  webhook: Webhook
  inbox: Inbox
  /** What it was sent of the messages of the case, in the order in which it came. */
  calls(): readonly Received[]
}

/** A webhook for the messages of the live session. What it is sent of other chats is answered with 204, and is not looked at. */
export const subscribe = async (
  context: Context,
  more: Partial<Schemas['NewWebhook']> = {},
  caller?: Caller,
): Promise<Subscription> => {
  const { id: chat } = context.get('fixtures.busyChat')
  const isMeant = (call: Called) => isOfChat(eventIn(call), chat)
  const inbox = await context.receive(isMeant)
  const sessionId = context.get('fixtures.liveSession')
  const webhook = await scratch(context, { url: inbox.url, events: ['message'], sessionId, ...more }, caller)
  return { webhook, inbox, calls: () => inbox.calls.filter(isMeant) }
}

/** A message comes into the chat. */
export const messageComes = (context: Context): Promise<unknown> =>
  context.happen('incomingMessage', {
    session: context.get('fixtures.liveSession'),
    chat: context.get('fixtures.busyChat').id,
  })

/**
 * Waits until so many messages have arrived, and looks at every call: is it as the document says, and are those that tell of one
 * message the same? @returns the calls
 */
export const arrived = async (
  context: Context,
  { webhook, inbox, calls }: Subscription,
  messages: number,
  secrets: readonly (string | undefined)[] = [webhook.secret],
): Promise<readonly Received[]> => {
  const found = await context.until(
    `delivery of message ${messages} to a webhook`,
    async () => (namesIn(calls()).length >= messages ? calls() : undefined),
    inbox.next,
  )
  for (const call of found) {
    const fault = callFault(call, secrets)
    context.check('call', fault === undefined, `${fault}`)
    const [first = call] = found.filter((one) => messageIn(one) === messageIn(call))
    const [id, firstId] = [call, first].map(({ headers }) => headers['webhook-id'])
    context.check('same-id', id === firstId, `one message is told as ${firstId} and as ${id}`)
    context.check('same-body', textOf(call) === textOf(first), 'one message is told in two ways')
  }
  return found
}

/**
 * Waits until the list of deliveries of this status has what a call told of, and no others.
 * @returns that delivery
 */
export const deliveryOf = (
  context: Context,
  { webhook }: Subscription,
  call: Called | undefined,
  status: Schemas['DeliveryStatus'],
): Promise<Schemas['Delivery']> =>
  context.until(`a delivery that is ${status}`, async () => {
    const list = { operationId: 'listDeliveries', path: { webhook: webhook.id }, query: { status } } as const
    const { data } = (await context.send<Schemas['DeliveryList']>(list, { status: 200 })).body
    const other = data.find((delivery) => delivery.status !== status)
    context.check(
      'only',
      other === undefined,
      `a delivery that is ${other?.status} is listed among those that are ${status}`,
    )
    return data.find(({ eventId }) => eventId === call?.headers['webhook-id'])
  })

/** Which message each call tells of, counted from 1 in the order in which they first came: `1 1 2`. */
export const sequenceOf = (calls: readonly Called[]): string => {
  const names = namesIn(calls)
  return calls.map((call) => names.indexOf(messageIn(call)) + 1).join(' ')
}

const namesIn = (calls: readonly Called[]) => [...new Set(calls.map(messageIn))]

/** Equal events are equal texts. */
const textOf = (call: Called) => canonical('Event', eventIn(call) as Event | undefined)

const messageIn = (call: Called) => eventIn(call)?.payload?.message?.id

/** What a call tells of; undefined when its body is no JSON object. */
export const eventIn = ({ body }: Called): Partial<Event> | undefined => {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** What cannot be read is looked at, or nobody would see that it is wrong. */
const isOfChat = (event: Partial<Event> | undefined, chat: string) =>
  event?.event === undefined || (event.event === 'message' && (event.payload?.message?.chatJid ?? chat) === chat)

/** @returns what is wrong with a call as the document has it; undefined when all is well */
export const callFault = (call: Called, secrets: readonly (string | undefined)[]): string | undefined => {
  const { method, headers } = call
  if (method !== 'POST' || !headers['content-type']?.startsWith('application/json'))
    return `it is a ${method} of ${headers['content-type']}`
  const forged = signatureFault(
    call,
    secrets.map((secret) => secret ?? ''),
  )
  if (forged !== undefined) return forged
  const event = eventIn(call)
  if (event === undefined) return 'its body is no JSON object'
  if (event.id !== headers['webhook-id']) return `webhook-id is ${headers['webhook-id']}, and the event is ${event.id}`
  return judgeEvent(parley, event).problems[0]?.message
}
