/** Counts the open streams of events, and lets in no more than the limits allow. */
import { rateLimited } from '../model/errors.ts'

/** How many streams may be open; undefined = any number. */
export interface ReaderLimits {
  /** Of an organization. */
  streamsOf(organizationId: string): number | undefined
  /** Of all organizations. */
  streams: number | undefined
}

/** The open streams. */
export interface Readers {
  /**
   * @returns leaves again; idempotent
   * @throws GatewayError 429 when too many are open
   */
  enter(organizationId: string): () => void
  /** How many are open. */
  count(): number
}

/** When a place is likely to be free again: nobody can know. */
const retryMs = 10_000

export const createReaders = ({ streamsOf, streams }: ReaderLimits): Readers => {
  const counts = new Map<string, number>()
  let all = 0

  const change = (organizationId: string, by: 1 | -1) => {
    all += by
    const now = (counts.get(organizationId) ?? 0) + by
    if (now === 0) counts.delete(organizationId)
    else counts.set(organizationId, now)
  }

  return {
    enter(organizationId) {
      const most = streamsOf(organizationId)
      const isFull = most !== undefined && (counts.get(organizationId) ?? 0) >= most
      if (isFull || (streams !== undefined && all >= streams))
        throw rateLimited('too many streams of events are open', 'streams', retryMs)
      change(organizationId, 1)
      let isThere = true
      return () => {
        if (isThere) change(organizationId, -1)
        isThere = false
      }
    },

    count: () => all,
  }
}
