/**
 * Which cases can see a fault at all: those that get another answer because of it. What each case exchanges with the right
 * server is recorded once, and shown to the fault; a case of which it changes nothing comes to the same verdict as before, and
 * need not be run.
 */
import { setImmediate as later } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { WireAnswer } from '../transport.ts'
import { caseIdIn } from '../user-agent.ts'
import type { Asked, Fault } from './fault.ts'

export interface Recorded {
  caseId: string
  asked: Asked
  answer: WireAnswer
}

/** @returns what changes nothing, and takes down what the cases exchange, in the order of their requests */
export const createRecorder = (): { fault: Fault; recorded: () => Recorded[] } => {
  const entries: { caseId: string | undefined; asked: Asked; answer?: WireAnswer }[] = []
  return {
    fault: async (asked, ask) => {
      const entry: (typeof entries)[number] = { caseId: caseIdIn(asked.headers['user-agent']), asked }
      entries.push(entry)
      entry.answer = await ask(asked)
      return entry.answer
    },
    recorded: () =>
      entries.flatMap(({ caseId, asked, answer }) =>
        caseId === undefined || answer === undefined ? [] : [{ caseId, asked, answer }],
      ),
  }
}

/**
 * @param fault one that has answered nothing yet
 * @returns of these cases, those of which it changes something, and those of which nothing was recorded
 */
export const casesReached = async <T extends { id: string }>(
  fault: Fault,
  cases: readonly T[],
  recorded: readonly Recorded[],
): Promise<T[]> => {
  const isTried = new Set(cases.map(({ id }) => id))
  const changed = new Map<string, boolean>()
  for (const one of recorded)
    if (isTried.has(one.caseId))
      changed.set(one.caseId, (await isChanged(fault, one)) || changed.get(one.caseId) === true)
  return cases.filter(({ id }) => changed.get(id) ?? true)
}

/** What the fault asks the right server is part of it: something else, more than once, or nothing. */
const isChanged = async (fault: Fault, { asked, answer }: Recorded): Promise<boolean> => {
  const right = Promise.resolve(answer)
  let times = 0
  let isOther = false
  const ask = (other: Asked) => {
    times++
    isOther ||= !isSameRequest(other, asked)
    return right
  }
  try {
    const given = fault(asked, ask)
    // One that waits changes when the answer comes, at least.
    const wrong = given === right ? answer : await Promise.race([given, later(undefined)])
    return isOther || times !== 1 || wrong === undefined || !isSameAnswer(wrong, answer)
  } catch {
    // It asked for something that was not recorded, and could not read the answer.
    return true
  }
}

const isSameRequest = (one: Asked, other: Asked) =>
  one === other ||
  (one.method === other.method &&
    one.target === other.target &&
    isDeepStrictEqual(one.headers, other.headers) &&
    isSameBytes(one.bytes, other.bytes))

const isSameAnswer = (one: WireAnswer, other: WireAnswer) =>
  one === other ||
  (one.status === other.status && isSameBytes(one.bytes, other.bytes) && isDeepStrictEqual(one.headers, other.headers))

const isSameBytes = (one: Buffer | undefined, other: Buffer | undefined) =>
  one === other || (one !== undefined && other !== undefined && one.equals(other))
