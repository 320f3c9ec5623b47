/** Accepts what is to be sent, has it sent by the session's owner, and tells what became of it. */
import { GatewayError, notFound } from '../model/errors.ts'
import type { MessageFact } from '../model/facts.ts'
import { isPerson, type Jid } from '../model/jid.ts'
import type { MessageKey, Quoted } from '../model/message.ts'
import { newWaMessageId } from '../model/outgoing.ts'
import { refusalOf } from '../model/refusals.ts'
import type { SessionRow } from '../model/session.ts'
import type { Input, LiveCall, Reply, Schemas } from '../operation.ts'
import type { LiveCalls } from '../ports/live-calls.ts'
import type { Store } from '../ports/store/store.ts'
import { checkMayWait, createDeliver, createFailedBecause, expiryOf, locationOf } from './delivery.ts'
import type { NewMessage } from './new-message.ts'

export interface SendingParts {
  store: Pick<Store, 'acceptMessage' | 'getMessage' | 'getChat' | 'failureOf' | 'findTooSoon'>
  /** Calls that the owner of a session carries out. */
  calls: LiveCalls
  /** Epoch ms. */
  clock: () => number
}

/** A call of an operation that sends. */
export type SendingCall = Pick<Input<'sendMessage'>, 'session' | 'query' | 'live' | 'keep'>

/** Makes the message when nothing but its own content can refuse it any more. @param expiresAt how long its file is needed at least */
export type MakeMessage = (expiresAt: number) => NewMessage | Promise<NewMessage>

/** The message that a new one answers: where it is in WhatsApp, and as the answer shows it. */
export interface Quoting {
  key: MessageKey
  shown: Quoted
}

/** Sends to `to`. @throws GatewayError when nothing was accepted, and when WhatsApp refused */
export type Send = (call: SendingCall, to: Jid, make: MakeMessage, quoting?: Quoting) => Promise<Reply<'sendMessage'>>

export const createSend = ({ store, calls, clock }: SendingParts): Send => {
  const answer = createSendAnswer({ store, clock })
  const deliver = createDeliver(calls)

  /** The address of a person who has no chat yet. @throws GatewayError `not_found` */
  const addressOf = async (session: SessionRow, to: Jid, live: LiveCall): Promise<Jid> => {
    if (!isPerson(to) || (await store.getChat(session.id, to, clock())) !== undefined) return to
    const { jid } = await live('person.find', { jid: to })
    if (jid === null) throw notOnWhatsApp()
    return jid
  }

  return async ({ session, query, live, keep }, named, make, quoting) => {
    if (live === undefined) checkMayWait(session)
    const to = live === undefined ? named : await addressOf(session, named, live)
    const now = clock()
    const expiresAt = expiryOf(now, live, query.expiresIn)
    const { draft, shown } = await make(expiresAt)
    const fact = pendingOf(shown, to, quoting?.shown, now)
    const accepted = await store.acceptMessage(
      { sessionId: session.id, organizationId: session.organizationId },
      { fact, draft: { ...draft, ...(quoting && { quoted: quoting.key }) }, expiresAt, mayWait: live === undefined },
      now,
      keep?.object(202),
    )
    const { id, chatJid }: Schemas['Message'] = JSON.parse(accepted)
    // The person may have several addresses, and one order.
    await deliver(session, live, { waId: fact.id, to: chatJid })
    return answer(session.id, id)
  }
}

export interface AnswerParts {
  store: Pick<Store, 'getMessage' | 'failureOf' | 'findTooSoon'>
  /** Epoch ms. */
  clock: () => number
}

/** @returns what `sendMessage` answers for a message, as it is now */
export const createSendAnswer = ({ store, clock }: AnswerParts) => {
  const failedBecause = createFailedBecause({ store, clock })
  return async (sessionId: string, messageId: string): Promise<Reply<'sendMessage'>> => {
    const body = await store.getMessage(sessionId, messageId)
    if (body === undefined) throw notFound('message')
    const { status, chatJid: to }: Schemas['Message'] = JSON.parse(body)
    if (status === 'failed') {
      const failure = (await store.failureOf(sessionId, messageId)) ?? refusalOf('refused')
      throw await failedBecause(failure, { sessionId, messageId, to }, { content: '/body', chat: '/body/to' })
    }
    if (status === 'pending') return { status: 202, headers: locationOf(sessionId, messageId), body }
    return { status: 200, body }
  }
}

/** The id of a message as the contract shows it. */
export const idIn = (shown: string): string => JSON.parse(shown).id

const notOnWhatsApp = () =>
  new GatewayError('not_found', 'the number is not on WhatsApp', {
    details: { reason: 'not_on_whatsapp', path: '/body/to' },
  })

/** The message as it is stored until WhatsApp has it. */
const pendingOf = (shown: NewMessage['shown'], to: Jid, quoted: Quoted | undefined, now: number): MessageFact => ({
  kind: 'message',
  chat: to,
  id: newWaMessageId(),
  fromMe: true,
  // As WhatsApp counts: an answer within the same second comes after it, also when a receipt was quicker than the acknowledgement.
  timestamp: now - (now % 1_000),
  status: 'pending',
  live: true,
  ...shown,
  ...(quoted && { quoted }),
})
