/** Turns anything thrown into status, headers and envelope: all errors leave here. */
import { GatewayError, notConnected, rateLimited, unavailable } from '../model/errors.ts'
import { type PaceReason, TooSoon } from '../model/send-pace.ts'
import { LiveError } from '../ports/live-calls.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'

export interface ErrorAnswer {
  status: number
  headers: Record<string, string>
  /** JSON text. */
  body: string
  /** Whether it is logged: the gateway or its store failed. Intended refusals are not. */
  ours: boolean
}

/** An error that was not made for the caller becomes `internal`, without its text. */
export const errorAnswer = (thrown: unknown): ErrorAnswer => {
  const error = toGatewayError(thrown)
  const { code, message, details, status } = error
  return {
    status,
    headers: error.headers ?? {},
    body: JSON.stringify({ error: { code, message, ...(details === undefined ? {} : { details }) } }),
    ours: status === 500 || !isRefusal(thrown),
  }
}

/** Made for the caller. */
const isRefusal = (thrown: unknown) =>
  thrown instanceof GatewayError || thrown instanceof LiveError || thrown instanceof TooSoon

const words: Record<PaceReason, string> = {
  ratePerMin: 'the session sends too many messages in a minute',
  ratePerHour: 'the session sends too many messages in an hour',
  newChatsPerDay: 'the session writes to too many new people in a day',
  restricted: 'WhatsApp lets this account start no new chats now; it may write in existing ones',
  whatsapp: 'WhatsApp limits how often this account may send',
}

const toGatewayError = (thrown: unknown): GatewayError => {
  if (thrown instanceof GatewayError) return thrown
  if (thrown instanceof LiveError) return fromLive(thrown)
  if (thrown instanceof TooSoon) return rateLimited(words[thrown.reason], thrown.reason, thrown.waitMs)
  if (thrown instanceof StoreUnavailable)
    return unavailable('the gateway cannot reach its database now; try again soon', thrown)
  return new GatewayError('internal', 'something went wrong inside the gateway', { cause: thrown })
}

/** WhatsApp does not say how long a query is to wait. */
const queryPauseMs = 60_000

const fromLive = (thrown: LiveError): GatewayError => {
  const { failure } = thrown
  if (failure.kind === 'not_live') return notConnected(thrown)
  if (failure.kind === 'unknown')
    return unavailable('WhatsApp did not answer in time; whether it carried out the call is unknown', thrown)
  const { code, message, details } = failure
  if (code === 'gateway_unavailable') return unavailable(message, thrown)
  if (code === 'rate_limited') return rateLimited(message, 'whatsapp', queryPauseMs)
  return new GatewayError(code, message, { cause: thrown, ...(details && { details }) })
}
