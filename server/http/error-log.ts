import type { Logger } from 'pino'

/** What is logged about a request that the gateway could not serve. */
export type TellError = (error: unknown, request: { operation: string; requestId: string }) => void

/** The most kinds of errors that are counted separately. */
const mostKinds = 200

/**
 * Logs the first error of a kind, and then at most one line each `everyMs`, with the number of errors since: a caller that repeats
 * an error cannot fill the log. A kind is the operation, the error's class and the line that threw it.
 */
export const createErrorLog = (log: Pick<Logger, 'error'>, everyMs = 60_000): TellError => {
  const kinds = new Map<string, { toldAt: number; untold: number }>()
  return (error, { operation, requestId }) => {
    const name = `${operation} ${kindOf(error)}`
    const known = kinds.get(name)
    const now = performance.now()
    if (known !== undefined && now - known.toldAt < everyMs) {
      known.untold += 1
      return
    }
    // Evicts the kind that was logged longest ago.
    if (known === undefined && kinds.size >= mostKinds) kinds.delete(kinds.keys().next().value ?? '')
    kinds.delete(name)
    kinds.set(name, { toldAt: now, untold: 0 })
    const times = known === undefined || known.untold === 0 ? undefined : known.untold + 1
    log.error(
      { err: error, operation, requestId, ...(times !== undefined && { times }) },
      'a request could not be served',
    )
  }
}

const kindOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error
  const madeAt = (error.stack ?? '').split('\n').find((line) => /^ {4}at /.test(line))
  return `${error.constructor.name} ${madeAt?.trim() ?? ''}`
}
