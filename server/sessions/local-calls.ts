/** Live calls to sessions of this process. Only copies of plain data pass, as between two processes. */
import { GatewayError } from '../model/errors.ts'
import { errorCodeOf, refusalOf } from '../model/refusals.ts'
import {
  type LiveCallOptions,
  type LiveCalls,
  LiveError,
  type LiveFailure,
  type LiveMethod,
  type LiveMethods,
} from '../ports/live-calls.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { NoAnswer, NotConnected, Refused } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { LiveSession } from './live-session.ts'

/** The largest arguments, and the largest result, as JSON. */
const mostBytes = 512 * 1024

type Answering = Pick<LiveSession, 'client' | 'qr' | 'pairingCode' | 'outbox' | 'media'>

/** Applies timeout and signal. */
type Method<M extends LiveMethod> = (
  session: Answering,
  args: LiveMethods[M]['args'],
  options: LiveCallOptions,
) => Promise<LiveMethods[M]['result']>

const methods: { readonly [M in LiveMethod]: Method<M> } = {
  'presence.send': async ({ client }, { jid, state }, options) => {
    await connected(client).sendChatPresence(jid, state, options)
    return null
  },
  'message.send': async ({ outbox }, { waId, to }, options) => {
    await outbox.send(waId, to, options)
    return null
  },
  'media.fetch': async ({ media }, { messageId }, options) => {
    if (media === undefined) throw new NotConnected('attachments are not fetched here')
    await inTime(media.fetch(messageId), options)
    return null
  },
  'outbox.resume': async ({ outbox }) => {
    outbox.resume()
    return null
  },
  'outbox.cancelled': async ({ outbox }, { waId }) => {
    outbox.cancelled(waId)
    return null
  },
  'person.find': async ({ client }, { jid }, options) => ({
    jid: (await connected(client).findPerson(jid, options)) ?? null,
  }),
  'qr.get': async ({ qr }) => qr ?? null,
  'pairing.code': async (session, { phone }, options) => ({ code: await inTime(session.pairingCode(phone), options) }),
}

const connected = (client: WhatsAppClient | undefined): WhatsAppClient => {
  if (client === undefined) throw new NotConnected('the session is not connected')
  return client
}

/** @param find returns the session if it runs in this process */
export const createLocalCalls = (find: (sessionId: string) => Answering | undefined): LiveCalls => ({
  async call(sessionId, method, args, options) {
    try {
      const session = find(sessionId)
      if (session === undefined) throw new NotConnected('the session does not run here')
      const call: Method<typeof method> = methods[method]
      return copyOf(await call(session, copyOf(args), options))
    } catch (error) {
      const failure: LiveFailure = options.signal?.aborted ? { kind: 'unknown' } : failureOf(error)
      throw new LiveError(failure, { cause: error })
    }
  },
})

/**
 * Copies data as JSON would arrive in another process; it costs a third of a structured clone.
 * @throws GatewayError `payload_too_large`
 */
const copyOf = <T>(value: T): T => {
  const text = JSON.stringify(value)
  if (Buffer.byteLength(text) > mostBytes)
    throw new GatewayError('payload_too_large', `a live call takes at most ${mostBytes} bytes`)
  return JSON.parse(text)
}

const inTime = async <T>(work: Promise<T>, { withinMs, signal }: LiveCallOptions): Promise<T> => {
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const end = () => reject(new NoAnswer('no answer in time'))
  const timer = setTimeout(end, withinMs)
  signal?.addEventListener('abort', end, { once: true })
  if (signal?.aborted) end()
  try {
    return await Promise.race([work, ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

const failureOf = (error: unknown): LiveFailure => {
  if (error instanceof NotConnected) return { kind: 'not_live' }
  if (error instanceof NoAnswer) return { kind: 'unknown' }
  if (error instanceof GatewayError) {
    const { code, message, details } = error
    return { kind: 'refused', code, message, ...(details && { details }) }
  }
  if (error instanceof Refused)
    return { kind: 'refused', code: errorCodeOf(error), message: refusalOf(error.code).words }
  if (error instanceof StoreUnavailable)
    return {
      kind: 'refused',
      code: 'gateway_unavailable',
      message: 'the gateway cannot reach its database now; try again soon',
    }
  return { kind: 'refused', code: 'internal', message: 'something went wrong inside the gateway' }
}
