/** Right servers behind a network that is not reliable: now and then a request has no answer. The server promises nothing about that. */
import { cut, type MakeFault } from '../fault.ts'
import type { Equivalent } from '../mutant.ts'

const period = 30

const runAgain = {
  because: /the connection (was cut|ended)/,
  leftOpen: /the connection (was cut|ended)|could not be measured|had no answer twice/,
}

const eachTime = (isCarriedOut: boolean): MakeFault => {
  return () => {
    let count = 0
    return async (asked, ask) => {
      const isDropped = ++count % period === 0
      if (isDropped && !isCarriedOut) return cut
      const answer = await ask(asked)
      return isDropped ? cut : answer
    }
  }
}

export const equivalentNetworks: readonly Equivalent[] = [
  {
    id: 'equivalent/drops-each-30th-request',
    does: 'drops each 30th request before it is read',
    because: 'connections end, and the contract promises nothing of that; the verdict says which cases were run again',
    runAgain,
    make: eachTime(false),
  },
  {
    id: 'equivalent/drops-each-30th-answer',
    does: 'carries each 30th request out, and drops the answer',
    because: 'connections end, and the contract promises nothing of that; the verdict says which cases were run again',
    runAgain,
    make: eachTime(true),
  },
]
