/** For people, in a terminal. */
import { type CaseRecord, type Result, type Verdict, verdicts } from '../result.ts'

export const toText = (result: Result): string =>
  [
    `${result.target.name} ${result.target.version} at ${result.target.baseUrl}`,
    `contract ${result.contract.version}, ${result.suite.name} ${result.suite.version}, run ${result.runId}, seed ${result.seed}`,
    ...section(
      'wrong in the target file',
      result.preflight.map(({ key, problem }) => `${key} ${problem}`),
    ),
    ...(['error', 'fail', 'warn', 'blocked', 'untestable'] as const).flatMap((verdict) => group(result, verdict)),
    ...section('in the baseline, and passing: take them out', result.stale),
    ...notApplicable(result.records),
    '',
    ...summary(result),
    '',
  ].join('\n')

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]

const titles: Readonly<Record<'error' | 'fail' | 'warn' | 'blocked' | 'untestable', string>> = {
  error: 'could not be measured',
  fail: 'broken promises',
  warn: 'promises that should be kept, and are not',
  blocked: 'proves nothing yet, for what it stands on did not hold',
  untestable: 'can not be tested without more in the target file',
}

const group = ({ records }: Result, verdict: keyof typeof titles): string[] => {
  const byReason = Map.groupBy(
    records.filter((record) => record.verdict === verdict),
    ({ reason }) => reason,
  )
  return section(titles[verdict], [...byReason.values()].flatMap(severalLines))
}

const maxAlike = 3

/** What is said of many at once is said once. */
const severalLines = (alike: readonly CaseRecord[]): string[] => {
  const more = alike.length - maxAlike
  return [...alike.slice(0, maxAlike).flatMap(lines), ...(more > 0 ? [`… and ${more} more for the same reason`] : [])]
}

const lines = (record: CaseRecord): string[] => {
  const { verdict, id, promise, reason, clause, known } = record
  const head = [id, `  ${reason}${known === undefined ? '' : ` (known: ${known})`}`]
  if (verdict !== 'fail' && verdict !== 'warn') return head
  return [...head, `  promised: the server ${promise}; see ${clause}`, ...evidence(record)]
}

const evidence = ({ exchanges }: CaseRecord): string[] => {
  const last = exchanges.findLast(({ cleanUp }) => !cleanUp)
  if (last === undefined) return []
  const { request, answer, caller, fault } = last
  const said = answer === undefined ? (fault ?? '') : `${answer.status} ${oneLine(answer.body ?? '')}`
  return [`  ${request.method} ${request.target} ${oneLine(request.body ?? '')}as ${caller}`, `  → ${said}`]
}

const oneLine = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line === '' ? '' : `${line.length > 160 ? `${line.slice(0, 160)}…` : line} `
}

const notApplicable = (records: readonly CaseRecord[]): string[] => {
  const reasons = new Map<string, number>()
  for (const { verdict, reason } of records) if (verdict === 'na') reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  return section(
    'not applicable',
    [...reasons].map(([reason, count]) => `${count} × ${reason}`),
  )
}

const summary = ({ footer, durationMs }: Result): string[] => {
  const { counts, cases, conformance, coverage, outcome } = footer
  const said = verdicts
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict: Verdict) => `${counts[verdict]} ${verdict}`)
  const steered = counts.steered === 0 ? '' : ` (${counts.steered} of the passes were steered and count for nothing)`
  return [
    `${cases} cases in ${(durationMs / 1000).toFixed(1)} s: ${said.join(', ')}${steered}`,
    `conformance ${percent(conformance)}, coverage ${percent(coverage)}: ${outcome}`,
  ]
}

/** 100 % only when it is exactly that. */
export const percent = (share: number | null): string =>
  share === null ? 'not measured' : share === 1 ? '100 %' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`
