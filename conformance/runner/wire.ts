/** What goes to the vitest worker and what comes back, as vitest's own types know it. */
import type { Result } from '../result.ts'
import type { RunOptions } from '../run.ts'
import type { Target } from '../target.ts'

export type RunnerOptions = Omit<RunOptions, 'onRecord' | 'onPreflight' | 'signal'>

declare module 'vitest' {
  interface ProvidedContext {
    conformance: { target: Target; options: RunnerOptions }
  }
  interface TaskMeta {
    /** Of the module, once all its tests have ended. */
    result?: Result
  }
}
