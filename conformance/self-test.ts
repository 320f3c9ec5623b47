/** Is the suite worth its verdicts? Wrong servers must be seen, by the named cases and for the stated reason; right ones must not. */
import { allCases } from './cases/index.ts'
import type { Tails } from './lanes.ts'
import { equivalents, mutants } from './mutants/catalogue/index.ts'
import { fewestProseMutants, proseMutants, representativeProseMutants } from './mutants/catalogue/prose.ts'
import { contractMutants, representativeContractMutants } from './mutants/contract.ts'
import { degenerates } from './mutants/degenerate.ts'
import {
  type Bench,
  inWords,
  type Judged,
  judgeContract,
  judgeDegenerate,
  judgeEquivalent,
  judgeMutant,
  killersOf,
  recordsOf,
  sample,
} from './mutants/judge.ts'
import type { Family, Outcome } from './mutants/outcome.ts'
import { createRecorder } from './mutants/reach.ts'
import { type Relay, startRelay } from './mutants/relay.ts'
import { narrowed, oneOfEachShape, outOfSight } from './mutants/three-operations.ts'
import type { Target } from './target.ts'

export interface SelfTest {
  format: 1
  cases: number
  full: boolean
  durationMs: number
  outcomes: Outcome[]
  /** Cases that no mutant of this run has shown to be needed. */
  idle: string[]
  /** Mutants that name a case of the three operations, and that no case sees where only these are claimed. */
  outOfSight: string[]
}

export interface SelfTestOptions {
  /** One operation of each shape against every mutant; else the named cases, and a sample of the others. */
  full?: boolean
  /** Only mutants whose id contains this. */
  filter?: string
  families?: readonly Family[]
  /** Mutants at once (default 2). */
  lanes?: number
  onOutcome?: (outcome: Outcome, done: number, of: number) => void
}

/** The right server is not right, so nothing can be learned of wrong ones. */
export class BadReference extends Error {
  override name = 'BadReference'
}

/**
 * @param target a conformant server that the suite may do with as it likes, with a hook
 * @throws BadReference unless every case passes on it
 */
export const selfTest = async (target: Target, options: SelfTestOptions = {}): Promise<SelfTest> => {
  const { full = false, filter = '', families, lanes = 2, onOutcome = () => undefined } = options
  const started = performance.now()
  const relay = await startRelay(shared(target))
  try {
    const tails: Tails = new Map()
    const whole: Bench = { ...(await standAt(relay)), tails, full, preflight: full }
    // Whether others see it, too, the whole profile tells.
    const three: Bench = { ...(await standAt(narrowed(relay))), tails, full: false, preflight: true }
    const jobs = jobsOf({ whole, three }, target, filter !== '').filter(
      ({ id, family }) => id.includes(filter) && (families?.includes(family) ?? true),
    )
    const outcomes = await work(jobs, lanes, onOutcome)
    const seeing = new Set(outcomes.flatMap(({ seenBy }) => seenBy.map(({ id }) => id)))
    return {
      format: 1,
      cases: allCases.length,
      full,
      durationMs: Math.round(performance.now() - started),
      outcomes,
      idle: allCases.map(({ id }) => id).filter((id) => !seeing.has(id)),
      outOfSight: outOfSight(mutants, three).map(({ id }) => id),
    }
  } finally {
    await relay.close()
  }
}

/**
 * The target as many runs at once can use it. Each asks for an unread chat of its own: two that share one would mark it read
 * for each other. And none is told wrong because the machine is busy.
 */
const shared = (target: Target): Target => {
  const { unreadChat, ...rest } = target.fixtures
  const hasHook = rest.url !== undefined || rest.command !== undefined
  const fixtures = hasHook || unreadChat === undefined ? rest : { ...rest, unreadChat }
  return { ...target, fixtures, limits: { ...target.limits, timeoutMs: 30_000 } }
}

/** What the right server does comes, however busy the machine is. */
const rightUntilMs = 60_000

/** Runs every case against the right server, through a relay without a fault: the relay must not be seen either. */
const standAt = async (relay: Relay): Promise<Pick<Bench, 'relay' | 'reference' | 'cases' | 'recorded'>> => {
  const { fault, recorded } = createRecorder()
  const reference = await recordsOf(relay.through(fault), allCases, { untilMs: rightUntilMs })
  const red = reference.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'na').map(inWords)
  const problems = [...relay.troubles(), ...red]
  if (problems.length > 0)
    throw new BadReference(`the server that the mutants are made from is not conformant: ${inShort(problems)}`)
  const passed = new Set(reference.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id))
  return { relay, reference, cases: allCases.filter(({ id }) => passed.has(id)), recorded: recorded() }
}

const maxProblems = 5

const inShort = (problems: readonly string[]) => {
  const more = problems.length - maxProblems
  return [...problems.slice(0, maxProblems), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

interface Job {
  id: string
  family: Family
  run(): Promise<Judged>
}

/** Of the mutants that are made from the contract: there are many, and they are much alike. */
const contractSample = 300

/** @param isFiltered so few are asked for that none is left out */
const jobsOf = ({ whole, three }: Record<'whole' | 'three', Bench>, target: Target, isFiltered: boolean): Job[] => {
  const job =
    <T extends { id: string }>(family: Family, judge: (one: T) => Promise<Judged>) =>
    (one: T): Job => ({ id: one.id, family, run: () => judge(one) })
  const standing = whole.full
    ? [...representativeContractMutants, ...representativeProseMutants]
    : [...sample(representativeContractMutants, contractSample, ''), ...fewestProseMutants]
  const fromContract = isFiltered ? [...contractMutants, ...proseMutants] : standing
  const inSight = ({ cases }: Bench) => mutants.filter((one) => killersOf(one, cases).length > 0)
  const ofThree = whole.full || isFiltered ? inSight(three) : oneOfEachShape(inSight(three), three)
  return [
    ...inSight(whole).map(job('behaviour', (one) => judgeMutant(one, whole))),
    ...ofThree.map((one) => asOfThree(one, () => judgeMutant(one, three))),
    ...fromContract.map(job('contract', (one) => judgeContract(one, whole))),
    ...degenerates.map(job('degenerate', (one) => judgeDegenerate(one, target))),
    ...equivalents.map(job('equivalent', (one) => judgeEquivalent(one, whole))),
  ]
}

/** The same wrong server, told apart from itself where everything is claimed. */
const asOfThree = (one: { id: string }, judge: () => Promise<Judged>): Job => {
  const named = { id: `three-operations/${one.id}`, family: 'three operations' as const }
  return { ...named, run: async () => ({ ...(await judge()), ...named }) }
}

/** More than one in so many is no accident. */
const accidents = 100
const mostAccidents = (jobs: number) => Math.max(10, jobs / accidents)

/** @returns in the order of the jobs */
const work = async (
  jobs: readonly Job[],
  lanes: number,
  onOutcome: NonNullable<SelfTestOptions['onOutcome']>,
): Promise<Outcome[]> => {
  const outcomes = new Map<Job, Outcome>()
  const queue = jobs.values()
  const judge = async (job: Job) => {
    const began = performance.now()
    outcomes.set(job, { ...(await job.run()), durationMs: Math.round(performance.now() - began) })
  }
  const lane = async () => {
    for (const job of queue) {
      await judge(job)
      const outcome = outcomes.get(job)
      if (outcome) onOutcome(outcome, outcomes.size, jobs.length)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  // Two that share a server may get into each other's way: what is not as it should be is judged once more, with nothing else running.
  const odd = jobs.filter((job) => outcomes.get(job)?.problems.length !== 0)
  if (odd.length <= mostAccidents(jobs.length)) for (const job of odd) await judge(job)
  return jobs.flatMap((job) => outcomes.get(job) ?? [])
}
