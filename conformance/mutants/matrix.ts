/** The kill matrix: which wrong server was seen by which cases, and which cases carry which wrong servers. */

import { allCases } from '../cases/index.ts'
import type { SelfTest } from '../self-test.ts'
import { suite } from '../version.ts'
import type { Family, Fate } from './outcome.ts'
import { traitTable } from './representatives.ts'

export interface Score {
  /** Mutants that had to be seen. */
  mutants: number
  killed: number
  /** Servers that had to pass. */
  equivalents: number
  spared: number
  /** Every mutant met its fate. */
  perfect: boolean
}

const good: readonly Fate[] = ['killed', 'equivalent']

export const isGood = ({ fate }: { fate: Fate }): boolean => good.includes(fate)

export const scoreOf = ({ outcomes }: SelfTest): Score => {
  const wrong = outcomes.filter(({ family }) => family !== 'equivalent')
  const right = outcomes.filter(({ family }) => family === 'equivalent')
  return {
    mutants: wrong.length,
    killed: wrong.filter(isGood).length,
    equivalents: right.length,
    spared: right.filter(isGood).length,
    perfect: outcomes.every(isGood),
  }
}

/** One line for people. */
export const toScoreLine = (result: SelfTest): string => {
  const { mutants, killed, equivalents, spared } = scoreOf(result)
  const seconds = (result.durationMs / 1_000).toFixed(0)
  return `${killed} of ${mutants} wrong servers seen for what they are, ${spared} of ${equivalents} right ones spared, in ${seconds} s`
}

/** Mutant × case, as JSON: `matrix[mutant][case]` is what the case said. */
export const toMatrixJson = (result: SelfTest): string => {
  const matrix = Object.fromEntries(
    result.outcomes.map(({ id, seenBy }) => [id, Object.fromEntries(seenBy.map((one) => [one.id, one.reason]))]),
  )
  const mutants = result.outcomes.map(({ seenBy: _seenBy, ...outcome }) => outcome)
  const { format, cases, full, durationMs, idle, outOfSight } = result
  const head = { format, suite, cases, full, durationMs, score: scoreOf(result) }
  return `${JSON.stringify({ ...head, mutants, idle, outOfSight, matrix }, undefined, 1)}\n`
}

const titles: Readonly<Record<Family, string>> = {
  behaviour: 'Wrong in one way',
  'three operations': 'Wrong in one way, where three operations are claimed',
  contract: 'Made from the contract',
  degenerate: 'Hardly a server',
  equivalent: 'Different, and no worse',
}

export const toMatrixMarkdown = (result: SelfTest): string => {
  const families = (Object.keys(titles) as Family[]).filter((family) =>
    result.outcomes.some((outcome) => outcome.family === family),
  )
  return `${[
    '# Kill matrix',
    '',
    `${toScoreLine(result)}. ${result.full ? 'One operation of each shape was run against each.' : 'The named cases and a sample of the others were run against each.'}`,
    ...families.flatMap((family) => section(result, family)),
    ...beyondThree(result),
    ...(result.full ? carriers(result) : []),
    ...standIns(),
  ].join('\n')}\n`
}

/** Which operations are tried for which promises. */
const standIns = (): string[] => [
  '',
  '## Operations that stand for others',
  '',
  'What a trait promises is made by the same lines for each operation of one shape, so that two are tried.',
  '',
  ...table(
    ['trait', 'shape', 'promises', 'operations', 'tried on'],
    traitTable(allCases).map(({ trait, shape, promises, operations, tried }) => [
      trait,
      shape,
      String(promises),
      String(operations.length),
      tried.join(', '),
    ]),
  ),
]

/** What three operations cannot show. */
const beyondThree = ({ outOfSight }: SelfTest): string[] =>
  outOfSight.length === 0
    ? []
    : [
        '',
        '## Out of sight of three operations',
        '',
        'These name a case of the three, and what they do wrong shows in another operation alone.',
        '',
        ...outOfSight.map((id) => `- ${id}`),
      ]

/** Known only when every case was run. */
const carriers = (result: SelfTest): string[] => [
  '',
  '## Cases that carry mutants alone',
  '',
  'Without the case, these would go unseen.',
  '',
  ...table(['case', 'mutants'], soleCarriers(result)),
  '',
  '## Cases that saw nothing',
  '',
  ...(result.idle.length === 0 ? ['None.'] : result.idle.map((id) => `- ${id}`)),
]

const section = ({ outcomes }: SelfTest, family: Family): string[] => {
  const rows = outcomes.filter((outcome) => outcome.family === family)
  const counted = rows.filter(isGood).length
  const head = ['', `## ${titles[family]}: ${counted} of ${rows.length}`, '']
  // Thousands of rows that say the same tell nothing: those from the contract are summed up.
  if (family === 'contract') return [...head, ...table(['operation and status', 'mutants', 'seen'], summed(rows))]
  return [
    ...head,
    ...table(
      ['mutant', 'a server that …', 'fate', 'seen by'],
      rows.map(({ id, fault, fate, seenBy, problems }) => [
        id,
        fault,
        fate === 'killed' || fate === 'equivalent' ? fate : `**${fate}**: ${problems[0] ?? ''}`,
        seenBy.length <= 3 ? seenBy.map((one) => one.id).join(', ') : `${seenBy.length} cases`,
      ]),
    ),
  ]
}

const summed = (rows: SelfTest['outcomes']): string[][] => {
  const groups = Map.groupBy(rows, ({ id }) => id.split('/').slice(1, 3).join(' '))
  return [...groups].map(([name, group]) => [name, String(group.length), String(group.filter(isGood).length)])
}

const soleCarriers = ({ outcomes }: SelfTest): string[][] => {
  const alone = outcomes.filter(({ family, seenBy }) => family === 'behaviour' && seenBy.length === 1)
  const byCase = Map.groupBy(alone, ({ seenBy }) => seenBy[0]?.id ?? '')
  return [...byCase]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, group]) => [id, group.map((outcome) => outcome.id).join(', ')])
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`),
]
