/** Cases as tables: what a row leaves out is what the table says, and what the contract says. */
import type { Base } from './base.ts'
import { type Case, statusesOf } from './case.ts'
import { below } from './contract.ts'

/** A row of a table of cases: what differs from the table's defaults. */
export type Row = Pick<Case, 'promise' | 'run'> &
  Partial<Omit<Case, 'id' | 'operationId' | 'promise' | 'run'>> & {
    /** `<status>/<code or ->/<variant>` */
    id: string
  }

type Defaults = Partial<Omit<Case, 'id' | 'operationId' | 'promise' | 'run' | 'clause'>>

/** Makes cases of a table. What a row adds to `needs`, `features`, `effects` comes on top of the defaults. */
export const cases = (subject: Base | 'gateway', defaults: Defaults, rows: readonly Row[]): Case[] =>
  rows.map((row) => ({
    operationId: nameOf(subject),
    level: row.level ?? defaults.level ?? 'MUST',
    clause: row.clause ?? clauseOf(subject, row.id),
    features: union([], defaults.features, row.features),
    needs: union(['tokens.full'], defaults.needs, row.needs),
    optional: union([], defaults.optional, row.optional),
    control: row.control ?? defaults.control ?? [],
    live: row.live ?? defaults.live ?? false,
    steer: row.steer ?? defaults.steer ?? true,
    effects: union([], defaults.effects, row.effects),
    lane: row.lane ?? defaults.lane ?? 'parallel',
    compares: row.compares ?? defaults.compares ?? false,
    since: row.since ?? defaults.since ?? '1.0',
    checks: row.checks ?? defaults.checks ?? [],
    ...(defaults.trait !== undefined && { trait: defaults.trait }),
    promise: row.promise,
    run: row.run,
    id: `${nameOf(subject)}/${row.id}`,
  }))

const union = <T>(...lists: (readonly T[] | undefined)[]): T[] => [...new Set(lists.flatMap((list) => list ?? []))]

const nameOf = (subject: Base | 'gateway') => (subject === 'gateway' ? subject : subject.operationId)

const clauseOf = (subject: Base | 'gateway', row: string): string => {
  if (subject === 'gateway') return '/info/description'
  const { operationId, contract } = subject
  const documented = statusesOf(row)
    .reverse()
    .find((status) => subject.row.statuses.includes(status))
  const about = below(contract.operationPointer(operationId), 'description')
  // What a success shows besides being one is promised where the operation is described.
  if (documented === undefined || (documented < 300 && row !== subject.admitted))
    return contract.at(about) === undefined ? contract.operationPointer(operationId) : about
  return contract.responsePointer(operationId, documented)
}
