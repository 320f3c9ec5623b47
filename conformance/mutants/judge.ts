/** Runs one mutant against the suite, and says what became of it. */
import { hash } from 'node:crypto'
import { type Case, statusesOf } from '../case.ts'
import { allCases, suite } from '../cases/index.ts'
import type { Tails } from '../lanes.ts'
import type { CaseRecord } from '../result.ts'
import { createRun } from '../run.ts'
import type { Target } from '../target.ts'
import type { ContractMutant } from './contract.ts'
import type { Degenerate } from './degenerate.ts'
import { type Equivalent, type Mutant, named, withDependents } from './mutant.ts'
import type { Fate, Outcome } from './outcome.ts'
import { casesReached, type Recorded } from './reach.ts'
import type { Relay } from './relay.ts'
import { representatives } from './representatives.ts'

export type Judged = Omit<Outcome, 'durationMs'>

export interface Bench {
  relay: Relay
  /** What every case says of the right server. */
  reference: readonly CaseRecord[]
  /** Those that apply to it: all that it passes. */
  cases: readonly Case[]
  /** What they exchange with it. Of a case that is not in here nothing is known. */
  recorded: readonly Recorded[]
  /** The runs on wrong servers share the chats of the right one. */
  tails?: Tails
  full: boolean
  /** Tokens and fixtures are tried for each mutant, as in a run of its own; else those of the right server count. */
  preflight: boolean
}

interface Company {
  tails?: Tails
  /** Tokens and fixtures have been tried on the same server. */
  tried?: boolean
  /** So have controls. */
  trusted?: boolean
  /** These run alone with the server: what they must see may depend on other requests at the same time. */
  first?: ReadonlySet<string>
  /** How long an effect is waited for, in milliseconds. */
  untilMs?: number
  /** Called for what the cases stand on, too. */
  onRecord?: (record: CaseRecord) => void
}

export const recordsOf = async (
  target: Target,
  cases: readonly Case[],
  { first = new Set(), ...company }: Company = {},
): Promise<CaseRecord[]> => {
  const run = createRun(suite, target, { untilMs: wrongUntilMs, ...company })
  try {
    await Promise.all(cases.filter(({ id }) => first.has(id)).map(run.record))
    return await Promise.all(cases.map(run.record))
  } finally {
    await run.close()
  }
}

export const inWords = ({ id, verdict, reason }: CaseRecord) => `${id} is ${verdict}: ${reason}`

const seen = (records: readonly CaseRecord[]): Outcome['seenBy'] =>
  records
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    .map(({ id, verdict, reason }) => ({ id, verdict, reason }))

/** What a mutant never does is waited for so long. */
const wrongUntilMs = 6_000

type Around = Record<'killers' | 'touched' | 'radius', ReadonlySet<string>>

/**
 * Runs those that are to see it, and others that are not, of those that get other answers because of it: in full whatever stands
 * for all, else a sample of what has nothing to do with it. The sample needs no tokens, fixtures and controls tried, because the
 * right server has them.
 */
const runWith = async (
  mutant: Mutant,
  target: Target,
  { killers, touched, radius }: Around,
  { relay, cases, recorded, full, preflight, tails }: Bench,
): Promise<CaseRecord[]> => {
  const killing = cases.filter(({ id }) => killers.has(id))
  const reached = (tried: readonly Case[]) => casesReached(mutant.make(relay.target, relay.addresses), tried, recorded)
  if (full) {
    const others = cases.filter((one) => !killers.has(one.id) && isBystander(one, touched))
    return recordsOf(target, [...killing, ...(await reached(others))], { first: killers, tails })
  }
  const others = representatives(cases).filter(({ id }) => !radius.has(id))
  const chosen = await reached(sample(others, sampleSize, mutant.id))
  return [
    ...(await recordsOf(target, killing, { tried: !preflight, tails })),
    ...(await recordsOf(target, chosen, { trusted: true, tails })),
  ]
}

/**
 * In full: one operation for each promise and shape, and whatever the operations that are touched promise alone. So the cost
 * of a mutant grows with shapes, and not with operations.
 */
const isBystander = (one: Case, touched: ReadonlySet<string>) =>
  one.trait === undefined ? near(touched).has(one.operationId) : standing.has(one.id)

const standing: ReadonlySet<string> = new Set(representatives(allCases).map(({ id }) => id))

const near = (ids: ReadonlySet<string>) => new Set<string>([...ids].map((id) => id.split('/')[0] ?? ''))

/** Of cases that have nothing to do with a mutant, so many are looked at; those that it can matter to are run. */
const sampleSize = 3

/** The same seed, the same sample. */
export const sample = <T extends { id: string }>(list: readonly T[], size: number, seed: string): T[] =>
  list
    .map((item) => ({ item, rank: hash('sha256', `${seed} ${item.id}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, size)
    .map(({ item }) => item)

const says = (reason: string, because: string | RegExp) =>
  typeof because === 'string' ? reason.includes(because) : because.test(reason)

/** They have to do with every operation that they compare. */
const comparing: readonly string[] = allCases.filter(({ compares }) => compares).map(({ id }) => id)

/** The cases that are named for it and can see it, of those that apply; two where many promise the same. */
export const killersOf = ({ killedBy, shownBy }: Mutant, cases: readonly Case[]): readonly Case[] => {
  const isNamed = named(killedBy, allCases)
  const isShown = shownBy === undefined || cases.some(({ operationId }) => shownBy.some((id) => id === operationId))
  return isShown ? representatives(cases.filter(({ id }) => isNamed.has(id))) : []
}

export const judgeMutant = async (mutant: Mutant, bench: Bench): Promise<Judged> => {
  const isNamed = named(mutant.killedBy, allCases)
  const killers = new Set(killersOf(mutant, bench.cases).map(({ id }) => id))
  const touched = new Set([...named([...mutant.killedBy, ...(mutant.touches ?? [])], allCases), ...comparing])
  const radius = withDependents(touched, allCases)
  const { relay } = bench
  const target = relay.through(mutant.make(relay.target, relay.addresses))
  // What is to be blocked is blocked by the trial of tokens and fixtures.
  const preflight = bench.preflight || mutant.verdict !== undefined
  const records = await runWith(mutant, target, { killers, touched, radius }, { ...bench, preflight })
  const troubles = relay.troubles(target)

  const survived: string[] = []
  const wrong: string[] = []
  const imprecise: string[] = []
  for (const record of records) {
    const { id, verdict, reason, level } = record
    if (killers.has(id)) {
      const wanted = mutant.verdict ?? (level === 'MUST' ? 'fail' : 'warn')
      // What stands on another case that sees it cannot be asked any more.
      const stopped = [...isNamed].some((twin) => reason.startsWith(`its control ${twin} is `))
      if (verdict === 'blocked' && stopped) continue
      if (verdict !== wanted) survived.push(`${id} is ${verdict}${reason === '' ? '' : `: ${reason}`}`)
      else if (!says(reason, mutant.because)) wrong.push(`${id} says: ${reason}`)
    } else if (isUsedUp(record)) continue
    else if (!radius.has(id) && verdict !== 'pass') imprecise.push(inWords(record))
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

/** Of two or more cases that share a chat, one has marked it read by means of the wrong server: then the others say nothing of it. */
const isUsedUp = ({ verdict, reason }: CaseRecord) => verdict === 'untestable' && reason.includes('has nothing unread')

const fateOf = (troubles: string[], survived: string[], wrong: string[], imprecise: string[]): Fate => {
  if (troubles.length > 0) return 'broken'
  if (survived.length > 0) return 'survived'
  if (wrong.length > 0) return 'wrong reason'
  return imprecise.length > 0 ? 'imprecise' : 'killed'
}

/** Asks the cases that get the answer which the mutant changes, a few at a time: most mutants are seen by the first. */
export const judgeContract = async (mutant: ContractMutant, bench: Bench): Promise<Judged> => {
  const meeting = meetingCases(mutant, bench)
  const isMeeting = new Set(meeting)
  const bystanders = sample(
    allCases.filter((test) => !isMeeting.has(test)),
    1,
    mutant.id,
  )
  const { fault, applied } = mutant.make()
  const { tails } = bench
  const target = bench.relay.through(fault)
  const records: CaseRecord[] = []
  const isSeen = () => seen(records).some(({ reason }) => says(reason, mutant.because))
  const steps = [
    meeting.slice(0, 1),
    meeting.slice(1, 4),
    meeting.slice(4, 40),
    ...(bench.full ? [meeting.slice(40)] : []),
  ]
  for (const step of steps) if (!isSeen()) records.push(...(await recordsOf(target, step, { trusted: true, tails })))
  const [first] = records
  const example = first === undefined ? '' : `; ${inWords(first)}`
  const survived = isSeen() ? [] : [`${records.length} cases met it, and none said ${mutant.because}${example}`]
  const reached = await casesReached(mutant.make().fault, bystanders, bench.recorded)
  const others = await recordsOf(target, reached, { trusted: true, tails })

  const troubles = bench.relay.troubles(target)
  const imprecise = others.filter(({ verdict }) => verdict !== 'pass').map(inWords)
  return {
    id: mutant.id,
    family: 'contract',
    fault: mutant.fault,
    fate: applied() > 0 ? fateOf(troubles, survived, [], imprecise) : 'not shown',
    problems: [...troubles, ...survived, ...imprecise],
    seenBy: seen(records),
    ran: records.length + others.length,
  }
}

/** Cases in which the right server gives this answer; first those that are about it. */
const meetingCases = ({ id: seed, operationId, status }: ContractMutant, { reference }: Bench): Case[] => {
  const met = new Set(
    reference
      .filter(({ exchanges }) =>
        exchanges.some((exchange) => exchange.operationId === operationId && exchange.answer?.status === status),
      )
      .map(({ id }) => id),
  )
  const isAbout = ({ id }: Case) => id.startsWith(`${operationId}/`) && statusesOf(id).includes(status)
  const meeting = sample(
    allCases.filter(({ id }) => met.has(id)),
    allCases.length,
    seed,
  )
  return [...meeting.filter(isAbout), ...meeting.filter((test) => !isAbout(test))]
}

/** Nothing of it may pass. */
export const judgeDegenerate = async (one: Degenerate, target: Target): Promise<Judged> => {
  const server = await one.start()
  try {
    const limits = { ...target.limits, timeoutMs: one.timeoutMs ?? 1_000 }
    const began = performance.now()
    const run = createRun(suite, { ...target, baseUrl: server.url, limits })
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
const equivalentSample = 50

export const judgeEquivalent = async (
  one: Equivalent,
  { relay, cases, recorded, full, tails }: Bench,
): Promise<Judged> => {
  const target = relay.through(one.make(relay.target, relay.addresses))
  const all = representatives(cases)
  const tried = full ? all : sample(all, equivalentSample, one.id)
  const repeated: string[] = []
  // What happens once in so many requests happens only if there are as many.
  const reached =
    one.runAgain === undefined ? await casesReached(one.make(relay.target, relay.addresses), tried, recorded) : tried
  const records = await recordsOf(target, reached, {
    tails,
    onRecord: (record) => repeated.push(record.repeated ?? ''),
  })
  const troubles = relay.troubles(target)
  const { runAgain } = one
  const isLeftOpen = ({ verdict, reason }: CaseRecord) =>
    runAgain !== undefined && verdict === 'error' && runAgain.leftOpen.test(reason)
  const isSaid = runAgain === undefined || repeated.some((why) => runAgain.because.test(why))
  const problems = [
    ...records.filter((record) => record.verdict !== 'pass' && !isLeftOpen(record)).map(inWords),
    ...(isSaid ? [] : ['no case says why it was run again']),
  ]
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
