/**
 * Limits how many bytes of large JSON bodies are in memory at once. Such a body is there as text and as what was made of it until its
 * request is answered, so that a few dozen of them would use up the heap and end the process.
 */
import { unavailable } from '../../model/errors.ts'

export interface LargeBodies {
  /**
   * Waits until a body of so many bytes may be read; others of the same organization may be served first only if they came first.
   * @param signal ends the wait
   * @returns gives the room back; idempotent
   * @throws GatewayError `gateway_unavailable` when there is no room in time
   */
  admit(organizationId: string, bytes: number, signal: AbortSignal): Promise<() => void>
}

export interface LargeBodiesOptions {
  /** Bytes of all such bodies. */
  maxBytes: number
  /** Bytes of those of one organization, so that it leaves room to others. A larger body is admitted when it is alone. */
  maxBytesEach: number
  /** How long a request waits, milliseconds. */
  waitMs: number
}

/** Twice the largest body is too much for one organization, and room for two of them. */
const usualRoom: LargeBodiesOptions = {
  maxBytes: 64 * 1024 * 1024,
  maxBytesEach: 32 * 1024 * 1024,
  waitMs: 10_000,
}

interface Waiting {
  organizationId: string
  bytes: number
  begin: () => void
}

export const createLargeBodies = ({ maxBytes, maxBytesEach, waitMs }: LargeBodiesOptions = usualRoom): LargeBodies => {
  const used = new Map<string, number>()
  const waiting = new Set<Waiting>()
  let total = 0

  const add = (organizationId: string, bytes: number) => {
    const now = (used.get(organizationId) ?? 0) + bytes
    total += bytes
    if (now === 0) used.delete(organizationId)
    else used.set(organizationId, now)
  }

  const hasShare = ({ organizationId, bytes }: Waiting) => {
    const before = used.get(organizationId) ?? 0
    return before === 0 || before + bytes <= maxBytesEach
  }

  /** In order of arrival; nobody overtakes one for whom only the total is too small, or smaller ones would keep it waiting. */
  const beginNext = () => {
    for (const one of waiting) {
      if (!hasShare(one)) continue
      if (total > 0 && total + one.bytes > maxBytes) return
      waiting.delete(one)
      add(one.organizationId, one.bytes)
      one.begin()
    }
  }

  return {
    async admit(organizationId, bytes, signal) {
      const turn = Promise.withResolvers<void>()
      const me: Waiting = { organizationId, bytes, begin: turn.resolve }
      const giveUp = () => {
        if (waiting.delete(me)) turn.reject(unavailable('too many large bodies at once; try again, or upload the file'))
      }
      const timer = setTimeout(giveUp, waitMs)
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.add(me)
      if (signal.aborted) giveUp()
      beginNext()
      try {
        await turn.promise
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
      }
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        add(organizationId, -bytes)
        beginNext()
      }
    },
  }
}
