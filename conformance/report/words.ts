/** What reports call things. */
import { type CaseRecord, type Result, type Verdict, verdicts } from '../result.ts'

/** What a case came to, with the passes of a mock that was told what to answer set apart. */
export type State = Verdict | 'steered'

/** The worst first. */
export const states = [
  'error',
  'fail',
  'blocked',
  'untestable',
  'warn',
  'steered',
  'na',
  'pass',
] as const satisfies readonly State[]

export const stateOf = ({ verdict, steered }: Pick<CaseRecord, 'verdict' | 'steered'>): State =>
  verdict === 'pass' && steered ? 'steered' : verdict

export const labels: Readonly<Record<State, string>> = {
  pass: 'passed',
  fail: 'failed',
  warn: 'warned',
  na: 'not applicable',
  untestable: 'untestable',
  blocked: 'blocked',
  error: 'no verdict',
  steered: 'example only',
}

export const meanings: Readonly<Record<State, string>> = {
  pass: 'the promise was kept',
  fail: 'a promise that must be kept is broken',
  warn: 'a promise that should be kept is broken',
  na: 'not claimed, not allowed, or nothing for a mock',
  untestable: 'the target file lacks what the case needs',
  blocked: 'a condition of the case did not hold, so it would prove nothing',
  error: 'no answer came, or the suite itself has a defect',
  steered: 'the mock was told what to answer: this shows only that its example is valid',
}

/** How many cases there are of each state, without those that there are none of. */
export const tally = (records: readonly CaseRecord[]): [State, number][] =>
  states
    .map((state): [State, number] => [state, records.filter((record) => stateOf(record) === state).length])
    .filter(([, count]) => count > 0)

/** States that keep a target from being conformant, or could not be measured. */
export const toMend = (record: CaseRecord): boolean => !['pass', 'na'].includes(record.verdict)

/**
 * How a result may be shown off. Only `good` is ever green: a server, all cases, nothing broken, not even what a baseline
 * excuses.
 */
export type Standing = 'good' | 'bad' | 'unsure' | 'mock'

export const standingOf = (result: Result): { kind: Standing; title: string } => {
  const { target, filter, footer } = result
  const { outcome, counts, operations } = footer
  const isWhole = operations.part === operations.whole
  if (outcome === 'not conformant') return { kind: 'bad', title: 'Not conformant' }
  if (outcome === 'not measured') return { kind: 'unsure', title: 'Not measured' }
  if (outcome === 'stale baseline') return { kind: 'unsure', title: 'Baseline out of date' }
  if (filter !== '') return { kind: 'unsure', title: 'No fault in what was run' }
  const excused = counts.fail + counts.untestable + counts.blocked > 0
  if (target.kind === 'mock')
    return { kind: 'mock', title: excused ? 'A mock with known failures' : 'A mock that agrees with the contract' }
  return excused
    ? { kind: 'unsure', title: 'Conformant but for known failures' }
    : { kind: 'good', title: isWhole ? 'Conformant' : `Conformant on ${inOperations(result)}` }
}

/** What the run came to, in one sentence. */
export const verdictSentence = (result: Result): string => {
  const { counts, cases, outcome } = result.footer
  const scope = result.filter === '' ? '' : ` Only cases whose id contains “${result.filter}” were run.`
  return `${sentences[outcome](result, counts, plural(cases, 'case'))} The verdict covers ${inOperations(result)}.${scope}${unclaimed(result)}${runAgain(result)}`
}

/** `3 of 16 operations`: what a verdict is about. */
export const inOperations = ({ footer: { operations } }: Result): string =>
  `${operations.part} of ${plural(operations.whole, 'operation')}`

/** Not all that an operation promises can be tried where something else is not claimed. */
const unclaimed = ({ records, footer: { outcome } }: Result): string => {
  const tried = new Set(records.flatMap(({ operationId, verdict }) => (verdict === 'na' ? [] : [operationId])))
  const left = records.filter(({ operationId, verdict }) => verdict === 'na' && tried.has(operationId)).length
  return outcome !== 'conformant' || left === 0
    ? ''
    : ` ${plural(left, 'case')} of these do not apply: see the reasons.`
}

/** A server that drops a request now and then is not wrong, but readers of the verdict have to know. */
const runAgain = ({ records }: Result): string => {
  const count = records.filter(({ repeated }) => repeated !== undefined).length
  if (count === 0) return ''
  return ` ${plural(count, 'case')} had to be run a second time, because a request had no answer.`
}

type Sentence = (result: Result, counts: Result['footer']['counts'], cases: string) => string

const sentences: Readonly<Record<Result['footer']['outcome'], Sentence>> = {
  conformant: ({ target, contract }, counts) => {
    const known = counts.fail + counts.untestable + counts.blocked
    if (known > 0) return `Nothing is broken except the cases that the baseline lists: ${plural(known, 'case')}.`
    if (target.kind === 'mock') return 'Everything that a mock can show agrees with the contract.'
    return `Every promise of contract ${contract.version} that ${target.name} claims to keep was tried, and every one was kept.`
  },
  'not conformant': (_result, counts, cases) =>
    `Of ${cases}, ${list([
      [counts.fail, 'failed'],
      [counts.untestable, 'could not be tested'],
      [counts.blocked, 'had a condition that did not hold'],
      [counts.warn, 'gave a warning'],
    ])}.`,
  'not measured': (_result, counts, cases) =>
    counts.error > 0
      ? `Of ${cases}, ${counts.error} came to no verdict, so there is no figure.`
      : 'No case passed and none could fail: there is nothing to measure.',
  'stale baseline': ({ stale }) =>
    `Every promise was kept, but the baseline still lists ${plural(stale.length, 'case')} that ${stale.length === 1 ? 'passes' : 'pass'}: take ${stale.length === 1 ? 'it' : 'them'} out.`,
}

const list = (parts: [number, string][]): string =>
  new Intl.ListFormat('en', { style: 'long' }).format(
    parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
  )

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** `2026-11-22 14:08 UTC` */
export const minute = (startedAt: string): string => `${startedAt.slice(0, 16).replace('T', ' ')} UTC`

/** Counts in the order of the closed set of verdicts. */
export const countsInWords = ({ footer: { counts } }: Result): string =>
  verdicts
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${labels[verdict]}`)
    .join(', ')
