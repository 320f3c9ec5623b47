/** Accepts what is to be sent, has it sent by the session's owner, and tells what became of it. */
import { GatewayError, invalid, notConnected, notFound, unavailable } from '../model/errors.ts'
import type { MessageFact } from '../model/facts.ts'
import { isPhone, type Jid } from '../model/jid.ts'
import { type MessageKey, quotedBy } from '../model/message.ts'
import { newWaMessageId } from '../model/outgoing.ts'
import { errorCodeOf, refusalOf, whatsappCodeOf } from '../model/refusals.ts'
import type { SessionRow } from '../model/session.ts'
import type { Input, LiveCall, Reply, Schemas } from '../operation.ts'
import { type LiveCalls, LiveError } from '../ports/live-calls.ts'
import type { Store } from '../ports/store/store.ts'
import type { NewMessage } from './new-message.ts'

export interface SendingParts {
  store: Pick<Store, 'acceptMessage' | 'getMessage' | 'getChat' | 'failureOf'>
  /** Calls that the owner of a session carries out. */
  calls: LiveCalls
  /** Epoch ms. */
  clock: () => number
}

/** A call of an operation that sends. */
export type SendingCall = Pick<Input<'sendMessage'>, 'session' | 'query' | 'live' | 'keep'>

/** Sends to `to`. @throws GatewayError when nothing was accepted, and when WhatsApp refused */
export type Send = (
  call: SendingCall,
  to: Jid,
  message: NewMessage,
  quoted?: MessageKey,
) => Promise<Reply<'sendMessage'>>

/** How long a message may wait to be sent, in seconds. */
const expiresIn = { sync: 900, async: 86_400 }
/** How long the owner may take to hear that something waits. */
const resumeMs = 1_000

export const createSend = ({ store, calls, clock }: SendingParts): Send => {
  const answer = createSendAnswer(store)

  /** The address of a person who has no chat yet. @throws GatewayError `not_found` */
  const addressOf = async (session: SessionRow, to: Jid, live: LiveCall): Promise<Jid> => {
    if (!isPhone(to) || (await store.getChat(session.id, to, clock())) !== undefined) return to
    const { jid } = await live('person.find', { jid: to })
    if (jid === null) throw notThere('the number is not on WhatsApp', { reason: 'not_on_whatsapp', path: '/body/to' })
    return jid
  }

  /** What has no outcome yet is told as pending. */
  const sentBy = async (live: LiveCall, sending: { waId: string; to: Jid }) => {
    try {
      await live('message.send', sending)
    } catch (error) {
      if (!(error instanceof LiveError) || error.failure.kind === 'refused') throw error
    }
  }

  const sentLater = (session: SessionRow) =>
    calls.call(session.id, 'outbox.resume', {}, { withinMs: resumeMs }).catch(() => {})

  return async ({ session, query, live, keep }, named, { draft, shown }, quoted) => {
    if (live === undefined) checkMayWait(session)
    const to = live === undefined ? named : await addressOf(session, named, live)
    const now = clock()
    const fact = pendingOf(shown, to, quoted, now)
    const seconds = live === undefined ? (query.expiresIn ?? expiresIn.async) : expiresIn.sync
    const accepted = await store.acceptMessage(
      { sessionId: session.id, organizationId: session.organizationId },
      {
        fact,
        draft: { ...draft, ...(quoted && { quoted }) },
        expiresAt: now + seconds * 1_000,
        mayWait: live === undefined,
      },
      now,
      keep?.object(202),
    )
    if (live === undefined) void sentLater(session)
    else await sentBy(live, { waId: fact.id, to })
    return answer(session.id, idIn(accepted))
  }
}

/** @returns what `sendMessage` answers for a message, as it is now */
export const createSendAnswer =
  (store: Pick<Store, 'getMessage' | 'failureOf'>) =>
  async (sessionId: string, messageId: string): Promise<Reply<'sendMessage'>> => {
    const body = await store.getMessage(sessionId, messageId)
    if (body === undefined) throw notFound('message')
    const { status }: Schemas['Message'] = JSON.parse(body)
    if (status === 'failed') throw await refusedAs(store, sessionId, messageId)
    if (status === 'pending') return { status: 202, headers: locationOf(sessionId, messageId), body }
    return { status: 200, body }
  }

const refusedAs = async (store: Pick<Store, 'failureOf'>, sessionId: string, messageId: string) => {
  const failure = (await store.failureOf(sessionId, messageId)) ?? refusalOf('refused')
  const [code, whatsappCode] = [errorCodeOf(failure), whatsappCodeOf(failure)]
  if (code === 'gateway_unavailable') return unavailable(failure.words)
  if (code === 'validation_error') return invalid([{ path: '/body', message: failure.words, code: 'other' }])
  const details = {
    messageId,
    ...(whatsappCode && { whatsappCode }),
    ...(code === 'not_found' && { path: '/body/to' }),
    ...(failure.code === 'not_on_whatsapp' && { reason: failure.code }),
  }
  return new GatewayError(code, failure.words, { details })
}

/** The id of a message as the contract shows it. */
export const idIn = (shown: string): string => JSON.parse(shown).id

const locationOf = (sessionId: string, messageId: string) => ({
  Location: `/api/v1/sessions/${encodeURIComponent(sessionId)}/messages/${messageId}`,
})

/** What a body names and is not there. */
export const notThere = (message: string, details: Record<string, unknown>) =>
  new GatewayError('not_found', message, { details })

/** A message can wait for a connection that is likely to come. @throws GatewayError `not_implemented` */
const checkMayWait = ({ waJid, status }: SessionRow) => {
  if (waJid === undefined || !['working', 'starting', 'stopped'].includes(status)) throw notConnected()
}

/** The message as it is stored until WhatsApp has it. */
const pendingOf = (shown: NewMessage['shown'], to: Jid, quoted: MessageKey | undefined, now: number): MessageFact => ({
  kind: 'message',
  chat: to,
  id: newWaMessageId(),
  fromMe: true,
  timestamp: now,
  status: 'pending',
  live: true,
  ...shown,
  ...(quoted && { quoted: quotedBy(quoted) }),
})
