/** Waits until there is room for the body of a request in memory. */
import type { IncomingHttpHeaders } from 'node:http'
import type { OperationRow } from '../../../generated/operations.ts'
import type { LargeBodies } from '../body/large-bodies.ts'

/** Bodies up to so many bytes are small: those of most operations. */
const smallBytes = 1_048_576

/**
 * @returns gives the room back when the request is answered
 * @throws GatewayError `gateway_unavailable` when there is none in time
 */
export const roomFor = async (
  bodies: LargeBodies,
  row: Pick<OperationRow, 'hasBody' | 'maxBodyBytes'>,
  { organizationId, headers, signal }: { organizationId: string; headers: IncomingHttpHeaders; signal: AbortSignal },
): Promise<() => void> => {
  const bytes = row.hasBody ? bytesOf(headers, row.maxBodyBytes) : 0
  return bytes > smallBytes ? bodies.admit(organizationId, bytes, signal) : () => {}
}

/** Of a body that does not say its length, the most; of one that is refused for its length, none. */
const bytesOf = (headers: IncomingHttpHeaders, maxBytes: number): number => {
  const length = headers['content-length']
  if (length === undefined) return headers['transfer-encoding'] === undefined ? 0 : maxBytes
  return Number(length) > maxBytes ? 0 : Number(length)
}
