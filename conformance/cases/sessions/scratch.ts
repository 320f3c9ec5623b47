/** A session for one case alone. */
import type { Context } from '../../case.ts'

/** @param start begins to pair it at once @returns its id */
export const scratch = (context: Context, { start = false } = {}): Promise<string> =>
  context.make('createSession', { body: { label: `conformance ${context.runId}`, start } })
