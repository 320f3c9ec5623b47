/** Says why a request to an address that a caller chose has failed. */
import { OutboundFailure } from '../ports/outbound.ts'

const unknownAuthority = 'its certificate is signed by an authority that is not trusted'

/** By error code of Node or OpenSSL. */
const reasons = new Map([
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownAuthority],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', `${unknownAuthority}, or it does not send its intermediate certificate`],
  ['ECONNREFUSED', 'it refuses the connection'],
  ['ECONNRESET', 'it ends the connection without an answer'],
  ['EPROTO', 'it does not speak TLS'],
  ['HPE_HEADER_OVERFLOW', 'its headers are too long'],
])

/** For codes that are not in the list. */
const patterns: [RegExp, string][] = [
  [/CERT/, 'its certificate is not trusted'],
  [/_SSL_|_TLS_/, 'it does not speak TLS'],
  [/^HPE_/, 'its answer is not HTTP'],
]

/** @param error with which the request has failed; an `OutboundFailure` is returned as it is */
export const failureOf = (error: unknown): OutboundFailure => {
  if (error instanceof OutboundFailure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons.get(code) ?? patterns.find(([pattern]) => pattern.test(code))?.[1]
  return unreachable(reason ?? 'it cannot be reached', error)
}

/** There is no complete answer. */
export const unreachable = (message: string, cause?: unknown): OutboundFailure =>
  new OutboundFailure('unreachable', message, { cause })
