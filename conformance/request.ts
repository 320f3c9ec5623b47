/** From a call in the contract's words to the bytes that are sent. */
import type { Call, Caller } from './case.ts'
import type { Contract } from './contract.ts'
import { factOf, type Target } from './target.ts'
import type { WireRequest } from './transport.ts'

/** @param extra headers of every request of a run */
export const wireRequest = (
  contract: Contract,
  call: Call,
  target: Target,
  extra: Readonly<Record<string, string>>,
): WireRequest => {
  const row = contract.operations[call.operationId]
  const written = targetOf(row.path, call)
  const body = bodyOf(call)
  return {
    method: call.method ?? row.method,
    target: call.retarget?.(written) ?? written,
    headers: {
      Accept: 'application/json',
      ...extra,
      ...credentials(call.caller ?? { token: 'full' }, target),
      ...(body?.contentType !== undefined && { 'Content-Type': body.contentType }),
      ...call.headers,
    },
    body: body?.bytes,
    ...(call.chunked && { chunked: true }),
    ...(call.onTheWire && { onTheWire: true }),
  }
}

const bodyOf = ({ body, raw }: Call) => {
  if (raw !== undefined) return raw
  return body === undefined ? undefined : { bytes: Buffer.from(JSON.stringify(body)), contentType: 'application/json' }
}

const targetOf = (template: string, { path = {}, query = {} }: Call): string => {
  const filled = template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => pathText(path[name] ?? ''))
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${[value].flat().map(encodeURIComponent).join(',')}`,
  )
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`
}

/** `@` stays as it is, the way people paste a JID. */
const pathText = (value: string) => encodeURIComponent(value).replaceAll('%40', '@')

const credentials = (caller: Caller, target: Target): Record<string, string> => {
  if (caller === 'nobody') return {}
  const token = factOf(target, `tokens.${caller.token}`) ?? ''
  switch (caller.as ?? 'bearer') {
    case 'bearer':
      return { Authorization: `Bearer ${token}` }
    case 'x-api-key':
      return { 'X-API-Key': token }
    case 'altered':
      return { Authorization: `Bearer ${altered(token)}` }
    case 'altered-x-api-key':
      return { 'X-API-Key': altered(token) }
    case 'basic':
      return { Authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}` }
    case 'garbage':
      return { Authorization: `Bearer ${notAToken}` }
  }
}

/** What nobody has ever issued. */
export const notAToken = 'not.a.token'

/** One character in the middle becomes another, which no checksum, hash or signature survives. */
const altered = (token: string) => {
  const middle = Math.floor(token.length / 2)
  return `${token.slice(0, middle)}${token[middle] === 'A' ? 'B' : 'A'}${token.slice(middle + 1)}`
}

/** How reports name a caller; never a token. */
export const callerName = (caller: Caller = { token: 'full' }): string =>
  caller === 'nobody' ? 'nobody' : `tokens.${caller.token}${caller.as === undefined ? '' : ` (${caller.as})`}`
