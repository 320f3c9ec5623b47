/** One promise, tried in many ways: which of them broke it is said first. */
import { type Context, Failure } from './case.ts'

/** One way to try it: in words that finish "a request …", and what sends it. */
export type Try = readonly [words: string, send: () => Promise<unknown>]

/** @throws Failure that names the first way that did not hold */
export const each = async (context: Context, check: string, tries: readonly Try[]): Promise<void> => {
  for (const [words, send] of tries) {
    try {
      await send()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      throw new Failure(error.problems.map((problem) => ({ ...problem, message: `${words}: ${problem.message}` })))
    }
  }
  context.check(check, tries.length > 0, 'nothing was tried')
}
