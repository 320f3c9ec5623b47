/** Is the suite worth its verdicts? Wrong servers must be seen, by the named cases and for the stated reason; right ones must not. */
import { createHash } from 'node:crypto'
import { type Case, statusesOf } from './case.ts'
import { allCases } from './cases/index.ts'
import { equivalents, mutants } from './mutants/catalogue/index.ts'
import { type ContractMutant, contractMutants } from './mutants/contract.ts'
import { type Degenerate, degenerates } from './mutants/degenerate.ts'
import { type Equivalent, type Mutant, named, withDependents } from './mutants/mutant.ts'
import { type Relay, startRelay } from './mutants/relay.ts'
import type { CaseRecord } from './result.ts'
import { createRun } from './run.ts'
import type { Target } from './target.ts'

export type Family = 'behaviour' | 'contract' | 'degenerate' | 'equivalent'

/**
 * - `killed`: every named case saw it, for the stated reason, and no other case did
 * - `survived`: a named case did not see it; `wrong reason`: it did, and says something else
 * - `imprecise`: a case saw it that has nothing to do with it
 * - `equivalent`: it is no worse than the right server, and nothing saw it
 * - `not shown`: the right server never gave the answer that it would change
 * - `broken`: the relay or the mutant itself went wrong
 */
export type Fate = 'killed' | 'survived' | 'wrong reason' | 'imprecise' | 'equivalent' | 'not shown' | 'broken'

export interface Outcome {
  id: string
  family: Family
  /** Finishes "a server that …". */
  fault: string
  fate: Fate
  /** What is not as it should be; empty for `killed` and `equivalent`. */
  problems: string[]
  /** Cases that saw it, with what they said. */
  seenBy: { id: string; verdict: CaseRecord['verdict']; reason: string }[]
  /** How many cases were run, and how long that took. */
  ran: number
  durationMs: number
}

export interface SelfTest {
  format: 1
  cases: number
  full: boolean
  durationMs: number
  outcomes: Outcome[]
  /** Cases that no mutant of this run has shown to be needed. */
  idle: string[]
}

export interface SelfTestOptions {
  /** Every case against every mutant; else the named ones, and a sample of the others. */
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
 * @param target a conformant server with a hook, of whose fixtures nothing is spared
 * @throws BadReference unless every case passes on it
 */
export const selfTest = async (target: Target, options: SelfTestOptions = {}): Promise<SelfTest> => {
  const { full = false, filter = '', families, lanes = 2, onOutcome } = options
  const started = performance.now()
  const relay = await startRelay(shared(target))
  try {
    const reference = await recordsOf(
      relay.through((asked, ask) => ask(asked)),
      allCases,
    )
    const red = reference.filter(({ verdict }) => verdict !== 'pass')
    if (red.length > 0 || relay.troubles().length > 0)
      throw new BadReference(`the server behind the mutants is not conformant: ${red.map(inWords).join('; ')}`)

    const bench = { relay, reference, full }
    const jobs: { id: string; family: Family; run: () => Promise<Judged> }[] = [
      ...mutants.map((one) => ({ id: one.id, family: 'behaviour' as const, run: () => judgeMutant(one, bench) })),
      ...(full || filter !== '' ? contractMutants : sample(contractMutants, contractSample, '')).map((one) => ({
        id: one.id,
        family: 'contract' as const,
        run: () => judgeContract(one, bench),
      })),
      ...degenerates.map((one) => ({
        id: one.id,
        family: 'degenerate' as const,
        run: () => judgeDegenerate(one, target),
      })),
      ...equivalents.map((one) => ({
        id: one.id,
        family: 'equivalent' as const,
        run: () => judgeEquivalent(one, bench),
      })),
    ].filter(({ id, family }) => id.includes(filter) && (families?.includes(family) ?? true))

    const outcomes: Outcome[] = []
    const queue = jobs.values()
    const lane = async () => {
      for (const job of queue) {
        const began = performance.now()
        const outcome = { ...(await job.run()), durationMs: Math.round(performance.now() - began) }
        outcomes.push(outcome)
        onOutcome?.(outcome, outcomes.length, jobs.length)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    const order = new Map(jobs.map(({ id }, index) => [id, index]))
    outcomes.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
    const seeing = new Set(outcomes.flatMap(({ seenBy }) => seenBy.map(({ id }) => id)))
    return {
      format: 1,
      cases: allCases.length,
      full,
      durationMs: Math.round(performance.now() - started),
      outcomes,
      idle: allCases.map(({ id }) => id).filter((id) => !seeing.has(id)),
    }
  } finally {
    await relay.close()
  }
}

type Judged = Omit<Outcome, 'durationMs'>

interface Bench {
  relay: Relay
  reference: readonly CaseRecord[]
  full: boolean
}

/**
 * The target as many runs at once can use it. Each asks for an unread chat of its own: two that share one would mark it read
 * for each other. What a mutant never does is waited for three times as long as an answer.
 */
const shared = (target: Target): Target => {
  const { unreadChat, ...rest } = target.fixtures
  const hasHook = rest.url !== undefined || rest.command !== undefined
  const fixtures = hasHook || unreadChat === undefined ? rest : { ...rest, unreadChat }
  return { ...target, fixtures, limits: { ...target.limits, timeoutMs: 2_000 } }
}

const recordsOf = async (target: Target, cases: readonly Case[], trusted = false): Promise<CaseRecord[]> => {
  const run = createRun(target, allCases, { trusted })
  try {
    return await Promise.all(cases.map(run.record))
  } finally {
    await run.close()
  }
}

const inWords = ({ id, verdict, reason }: CaseRecord) => `${id} is ${verdict}: ${reason}`

const seen = (records: readonly CaseRecord[]): Outcome['seenBy'] =>
  records
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    .map(({ id, verdict, reason }) => ({ id, verdict, reason }))

/** The wanted cases, and as many others as the run is to have. */
const selection = (wanted: ReadonlySet<string>, spared: ReadonlySet<string>, full: boolean, seed: string) => {
  if (full) return [...allCases]
  const others = allCases.filter(({ id }) => !spared.has(id))
  return [...allCases.filter(({ id }) => wanted.has(id)), ...sample(others, sampleSize, seed)]
}

/** Of cases that have nothing to do with a mutant. */
const sampleSize = 8

/** Of the mutants that are made from the contract: there are thousands, and they are much alike. */
const contractSample = 600

/** The same seed, the same sample. */
const sample = <T extends { id: string }>(list: readonly T[], size: number, seed: string): T[] =>
  list
    .map((item) => ({ item, rank: createHash('sha256').update(`${seed} ${item.id}`).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, size)
    .map(({ item }) => item)

const says = (reason: string, because: string | RegExp) =>
  typeof because === 'string' ? reason.includes(because) : because.test(reason)

const judgeMutant = async (mutant: Mutant, { relay, full }: Bench): Promise<Judged> => {
  const killers = named(mutant.killedBy, allCases)
  const touched = named([...mutant.killedBy, ...(mutant.touches ?? [])], allCases)
  const radius = withDependents(touched, allCases)
  const target = relay.through(mutant.make(relay.target))
  const records = await recordsOf(target, selection(killers, radius, full, mutant.id))
  const troubles = relay.troubles(target)

  const survived: string[] = []
  const wrong: string[] = []
  const imprecise: string[] = []
  for (const record of records) {
    const { id, verdict, reason, level } = record
    if (killers.has(id)) {
      const wanted = mutant.verdict ?? (level === 'MUST' ? 'fail' : 'warn')
      // What stands on another case that sees it can't be asked any more.
      const stopped = [...killers].some((twin) => reason.startsWith(`its control ${twin} is `))
      if (verdict === 'blocked' && stopped) continue
      if (verdict !== wanted) survived.push(`${id} is ${verdict}${reason === '' ? '' : `: ${reason}`}`)
      else if (!says(reason, mutant.because)) wrong.push(`${id} says: ${reason}`)
    } else if (!radius.has(id) && verdict !== 'pass') imprecise.push(inWords(record))
    else if (radius.has(id) && !touched.has(id) && verdict !== 'pass' && verdict !== 'blocked')
      imprecise.push(inWords(record))
  }
  return {
    id: mutant.id,
    family: 'behaviour',
    fault: mutant.fault,
    fate: fateOf(troubles, survived, wrong, imprecise),
    problems: [...troubles, ...survived, ...wrong, ...imprecise],
    seenBy: seen(records),
    ran: records.length,
  }
}

const fateOf = (troubles: string[], survived: string[], wrong: string[], imprecise: string[]): Fate => {
  if (troubles.length > 0) return 'broken'
  if (survived.length > 0) return 'survived'
  if (wrong.length > 0) return 'wrong reason'
  return imprecise.length > 0 ? 'imprecise' : 'killed'
}

/** The cases that get the answer which the mutant changes, a few at a time: most are seen by the first. */
const judgeContract = async (mutant: ContractMutant, { relay, reference, full }: Bench): Promise<Judged> => {
  const { operationId, status } = mutant
  const meeting = new Set(
    reference
      .filter(({ exchanges }) =>
        exchanges.some((exchange) => exchange.operationId === operationId && exchange.answer?.status === status),
      )
      .map(({ id }) => id),
  )
  const isOwn = (id: string) => id.startsWith(`${operationId}/`) && statusesOf(id).includes(status)
  const [own, foreign] = [(id: string) => isOwn(id), (id: string) => !isOwn(id)].map((fits) =>
    sample(
      allCases.filter(({ id }) => meeting.has(id) && fits(id)),
      allCases.length,
      mutant.id,
    ),
  ) as [Case[], Case[]]
  const others = sample(
    allCases.filter(({ id }) => !meeting.has(id)),
    1,
    mutant.id,
  )
  const { fault, applied } = mutant.make()
  const target = relay.through(fault)
  const records: CaseRecord[] = []
  const isSeen = () => seen(records).some(({ reason }) => says(reason, mutant.because))
  const steps = full ? [[...own, ...foreign]] : [own.slice(0, 1), own.slice(1, 4), own.slice(4), foreign.slice(0, 20)]
  for (const step of steps) if (!isSeen()) records.push(...(await recordsOf(target, step, true)))
  records.push(...(await recordsOf(target, others, true)))

  const troubles = relay.troubles(target)
  const survived = isSeen() ? [] : [`${records.length - 1} cases met it, and none said ${mutant.because}`]
  const imprecise = records.filter(({ id, verdict }) => !meeting.has(id) && verdict !== 'pass').map(inWords)
  const isShown = applied() > 0
  return {
    id: mutant.id,
    family: 'contract',
    fault: mutant.fault,
    fate: isShown ? fateOf(troubles, survived, [], imprecise) : 'not shown',
    problems: [...troubles, ...(isShown ? survived : []), ...imprecise],
    seenBy: seen(records),
    ran: records.length,
  }
}

/** Nothing of it may pass. */
const judgeDegenerate = async (one: Degenerate, target: Target): Promise<Judged> => {
  const server = await one.start()
  try {
    const limits = { ...target.limits, timeoutMs: one.timeoutMs ?? 1_000 }
    const began = performance.now()
    const run = createRun({ ...target, baseUrl: server.url, limits }, allCases)
    const { footer, records } = await run.finish()
    const seconds = (performance.now() - began) / 1_000
    const problems = [
      ...records.filter(({ verdict }) => verdict === 'pass').map(inWords),
      ...(footer.exitCode === one.exitCode ? [] : [`the exit code is ${footer.exitCode}, not ${one.exitCode}`]),
      ...(seconds <= maxSeconds ? [] : [`it took ${seconds.toFixed(1)} s`]),
    ]
    return {
      id: one.id,
      family: 'degenerate',
      fault: one.fault,
      fate: problems.length === 0 ? 'killed' : 'survived',
      problems,
      seenBy: seen(records),
      ran: records.length,
    }
  } finally {
    await server.close()
  }
}

const maxSeconds = 15

/** No case is named for a server that all must pass. */
const equivalentSample = 120

const judgeEquivalent = async (one: Equivalent, { relay, full }: Bench): Promise<Judged> => {
  const target = relay.through(one.make(relay.target))
  const records = await recordsOf(target, full ? allCases : sample(allCases, equivalentSample, one.id))
  const troubles = relay.troubles(target)
  const problems = records.filter(({ verdict }) => verdict !== 'pass').map(inWords)
  return {
    id: one.id,
    family: 'equivalent',
    fault: one.does,
    fate: troubles.length > 0 ? 'broken' : problems.length === 0 ? 'equivalent' : 'imprecise',
    problems: [...troubles, ...problems],
    seenBy: seen(records),
    ran: records.length,
  }
}
