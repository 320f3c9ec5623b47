/** Derives why a connection ended from the error of the library. */
import type { CloseReason } from '../../ports/whatsapp/connection.ts'

export interface Ending {
  reason: CloseReason
  /** For the operator: a text, with WhatsApp's own code if there was one. No secret, no phone number. */
  detail: string
}

/**
 * @param error what ended it: an error with `output.statusCode` (WhatsApp's code, or the library's own), or nothing
 * @param paired whether the session has an account: the same code is a logout for a paired session, and a failed pairing otherwise
 */
export const endingOf = (error: unknown, paired: boolean): Ending => {
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : ''
  if (isCertificateTrouble(code, text, error))
    return { reason: 'refused', detail: 'the server is not WhatsApp: its certificate was not accepted' }
  if (code === 408 && text.startsWith('QR refs'))
    return { reason: 'pairing_expired', detail: 'nobody scanned the code' }
  if (!paired && (loggedOut.has(code) || isPairingRefusal(code, text)))
    return { reason: 'pairing_failed', detail: `the pairing was not valid (${code})` }
  if (loggedOut.has(code)) return { reason: 'logged_out', detail: `WhatsApp unlinked the device (${code})` }
  return byCode(code, error) ?? { reason: 'lost', detail: lostDetail(code, error) }
}

const loggedOut = new Set([401, 403, 406, 419])

const byCode = (code: number, error: unknown): Ending | undefined => {
  switch (code) {
    case 515:
      return { reason: 'restart', detail: 'WhatsApp asked for a new connection (515)' }
    case 440:
      return { reason: 'replaced', detail: 'the same credentials connected elsewhere (440)' }
    case 402:
      return { reason: 'banned', detail: `WhatsApp refuses this account for now (402)${banOf(error)}` }
    case 405:
    case 409:
      return { reason: 'outdated', detail: `WhatsApp refuses this client version (${code}): set WHATSAPP_VERSION` }
    case 411:
      return { reason: 'refused', detail: 'the account does not take linked devices (411)' }
    default:
      return undefined
  }
}

const lostDetail = (code: number, error: unknown) => {
  const cause = field(field(error, 'data'), 'code')
  if (typeof cause === 'string' && /^E[A-Z]{3,20}$/.test(cause)) return `WhatsApp could not be reached (${cause})`
  if (code === 408) return 'no answer in time (408)'
  if (code === 428) return 'the connection was dropped (428)'
  return code === 0 ? 'the connection ended' : `WhatsApp ended the connection (${code})`
}

const codeOf = (error: unknown): number => {
  const output = field(error, 'output')
  const code = field(output, 'statusCode')
  return typeof code === 'number' ? code : 0
}

/** Errors of pairing carry no code, which the library reports as 500; errors of the server have another prefix. */
const isPairingRefusal = (code: number, text: string) =>
  code === 500 && !['Stream Errored', 'Connection Failure', 'WebSocket Error'].some((start) => text.startsWith(start))

const isCertificateTrouble = (code: number, text: string, error: unknown) => {
  if (code === 400 && !text.startsWith('Connection Failure') && !text.startsWith('Stream Errored')) return true
  const cause = field(field(error, 'data'), 'code')
  return typeof cause === 'string' && /CERT|VERIFY_LEAF|ERR_TLS/.test(cause)
}

/** A ban has its own code and a duration in seconds. */
const banOf = (error: unknown) => {
  const data = field(error, 'data')
  const [code, expire] = [field(data, 'code'), field(data, 'expire')]
  const digits = /^\d{1,10}$/
  const parts = [
    typeof code === 'string' && digits.test(code) ? `, ban code ${code}` : '',
    typeof expire === 'string' && digits.test(expire) ? `, for ${expire} s` : '',
  ]
  return parts.join('')
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

/** Whether a failed write means that the connection is gone, rather than that the call was wrong. */
export const isGone = (error: unknown): boolean => {
  // The close code of the WebSocket: the library rejects queries that were under way with it.
  if (typeof error === 'number') return true
  const code = codeOf(error)
  if (code === 428 || code === 408) return true
  const cause = field(error, 'code')
  if (typeof cause === 'string' && ['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNABORTED'].includes(cause))
    return true
  return error instanceof Error && /ECONNRESET|EPIPE|WebSocket is not open/.test(error.message)
}

/** WhatsApp's number in its answer to a query that it refused; undefined for other errors. */
export const refusalNumber = (error: unknown): number | undefined => {
  const number = field(error, 'data')
  return typeof number === 'number' && number >= 400 && number < 600 ? number : undefined
}
