/** The one exit for errors: whatever was thrown becomes a status, headers and the envelope. */
import { GatewayError, notConnected, unavailable } from '../errors.ts'
import { StoreUnavailable } from '../store/store.ts'
import { NotConnected } from '../whatsapp/client.ts'

export interface ErrorAnswer {
  status: number
  headers: Record<string, string>
  /** JSON text. */
  body: string
  /** True when the gateway is at fault: worth a log line. */
  ours: boolean
}

/** Never leaks the text of an error that was not meant for the caller. */
export const errorAnswer = (thrown: unknown): ErrorAnswer => {
  const error = toGatewayError(thrown)
  const { code, message, details, status } = error
  return {
    status,
    headers: error.headers ?? {},
    body: JSON.stringify({ error: { code, message, ...(details === undefined ? {} : { details }) } }),
    ours: status === 500 || status === 503,
  }
}

const toGatewayError = (thrown: unknown): GatewayError => {
  if (thrown instanceof GatewayError) return thrown
  if (thrown instanceof NotConnected) return notConnected(thrown)
  if (thrown instanceof StoreUnavailable)
    return unavailable('the gateway can not reach its database now; try again soon', thrown)
  return new GatewayError('internal', 'something went wrong inside the gateway', { cause: thrown })
}
