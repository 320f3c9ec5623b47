/** One case, run once: from what it throws to a verdict. */
import { Blocked, type Case, Failure, NotApplicable, type Problem, Untestable, UsedUp } from './case.ts'
import { type Bench, createContext, type Evidence } from './context.ts'
import { whoDenies } from './profile.ts'
import type { CaseRecord, Verdict } from './result.ts'
import type { Suite } from './suite.ts'
import { accepts, type BaselineEntry, type Need, type Target } from './target.ts'
import { TransportFault } from './transport.ts'

export interface Judged {
  verdict: Verdict
  reason: string
  problems?: readonly Problem[]
  evidence?: Evidence
  /** No answer came to one of its requests: it says nothing of what the target promises. */
  isCut?: true
  /** What the case needs and has found used up. */
  usedUp?: Need
  /** Why it was run again: what the first attempt came to. */
  repeated?: string
  /** Of the case itself, without waiting for its turn or its control. */
  durationMs?: number
}

/** @returns why the case is not for this target; undefined when it is */
export const whyNotApplicable = (
  suite: Suite,
  test: Case,
  target: Target,
  allowed: readonly string[],
): string | undefined => {
  if (test.live && target.target.kind === 'mock') return 'a mock remembers nothing, and this needs memory'
  const wanted = [...(test.operationId === 'gateway' ? [] : [test.operationId]), ...test.features]
  const denied = wanted.map((what) => whoDenies(suite, target, what)).find((key) => key !== undefined)
  if (denied !== undefined) return `${denied} is not claimed`
  const forbidden = test.effects.find((effect) => !allowed.includes(effect))
  return forbidden === undefined ? undefined : `limits.effects does not allow ${forbidden}`
}

/** @param info what is worth knowing of it beforehand */
export const attempt = async (test: Case, bench: Bench, info: readonly string[] = []): Promise<Judged> => {
  const began = performance.now()
  const judged = await judge(test, bench)
  for (const line of info) judged.evidence?.info.add(line)
  return { ...judged, durationMs: Math.round((performance.now() - began) * 10) / 10 }
}

const judge = async (test: Case, bench: Bench): Promise<Judged> => {
  const { context, evidence, cleanUp } = createContext(test, bench)
  try {
    await test.run(context)
    const overlooked = test.checks.filter((name) => !evidence.checked.has(name))
    if (overlooked.length === 0) return { verdict: 'pass', reason: '', evidence }
    return { verdict: 'error', reason: `the case did not look at ${overlooked.join(', ')}`, evidence }
  } catch (error) {
    return { ...verdictOf(error, test), evidence }
  } finally {
    await cleanUp()
  }
}

const verdictOf = (error: unknown, test: Case): Judged => {
  if (error instanceof Failure)
    return { verdict: test.level === 'MUST' ? 'fail' : 'warn', reason: error.message, problems: error.problems }
  if (error instanceof Blocked) return { verdict: 'blocked', reason: error.message }
  if (error instanceof NotApplicable) return { verdict: 'na', reason: error.message }
  if (error instanceof UsedUp) return { verdict: 'untestable', reason: error.message, usedUp: error.need }
  if (error instanceof Untestable) return { verdict: 'untestable', reason: error.message }
  if (error instanceof TransportFault) return { verdict: 'error', reason: error.message, isCut: true }
  return { verdict: 'error', reason: `the suite is wrong: ${error instanceof Error ? error.message : String(error)}` }
}

/** @param last what it came to when it was run again @returns that, with what was seen both times */
export const again = (first: Judged, last: Judged): Judged => {
  const exchanges = [...(first.evidence?.exchanges ?? []), ...(last.evidence?.exchanges ?? [])]
  return {
    ...last,
    repeated: first.reason,
    ...(last.evidence && { evidence: { ...last.evidence, exchanges } }),
    durationMs: (first.durationMs ?? 0) + (last.durationMs ?? 0),
  }
}

export const recordOf = (
  { id, operationId, promise, level, clause, control, since }: Case,
  { verdict, reason, problems = [], evidence, repeated, durationMs = 0 }: Judged,
  baseline: readonly BaselineEntry[],
  masked: (text: string) => string,
): CaseRecord => {
  const known =
    verdict === 'pass' || verdict === 'na' ? undefined : baseline.find((entry) => accepts(entry, id))?.reason
  return {
    id,
    operationId,
    promise,
    level,
    clause,
    control,
    since,
    verdict,
    reason: masked(reason),
    problems: problems.map(({ check, message }) => ({ check, message: masked(message) })),
    steered: evidence?.steered ?? false,
    ...(known !== undefined && { known }),
    ...(repeated !== undefined && { repeated: masked(repeated) }),
    info: [...(evidence?.info ?? [])].map(masked),
    durationMs,
    exchanges: evidence?.exchanges ?? [],
  }
}
