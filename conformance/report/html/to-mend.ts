/** What stands between the target and a clean result, the worst first. */
import type { CaseRecord, Result } from '../../result.ts'
import { clauseOf, operationLine } from '../evidence.ts'
import { plural, stateOf, states, toMend } from '../words.ts'
import { html, type Markup } from './markup.ts'
import { linkTo, ofState, pick, prose, stateMark } from './parts.ts'

/** @returns undefined when there is nothing to mend */
export const toMendList = (result: Result): Markup | undefined => {
  const { preflight, stale } = result
  const broken = states.flatMap((state) => alike(ofState(result.records.filter(toMend), state)))
  if (broken.length + preflight.length + stale.length === 0) return undefined
  return html`<section id="to-mend">
<h2>What to mend</h2>
<p class="lead">Cases that fail for the same reason stand together. Each leads to its evidence.</p>
<ul class="card list">
${preflight.map(
  ({ key, problem }) =>
    html`<li><span class="state fail">target file</span> <strong>${key}</strong> ${problem}<p class="dim">What needs it proves nothing until the target file is right.</p></li>`,
)}
${stale.map(
  (id) =>
    html`<li><span class="state warn">baseline</span> <a href="${linkTo(id)}"><code>${id}</code></a><p class="dim">It passes: take it out of the baseline.</p></li>`,
)}
${broken.map((records) => entry(records, result))}
</ul>
</section>`
}

const shownAtMost = 3

const entry = (records: readonly CaseRecord[], result: Result): Markup => {
  const [first] = records
  if (first === undefined) return html``
  const more = records.length - shownAtMost
  const judged = first.verdict === 'fail' || first.verdict === 'warn'
  return html`<li>${stateMark(stateOf(first))} <strong>${first.reason}</strong>${first.known !== undefined && html` <span class="dim">known: ${first.known}</span>`}
${judged && clauseLine(first, result)}
${records
  .slice(0, shownAtMost)
  .map(
    ({ id, promise }) =>
      html`<p class="to-case"><a href="${linkTo(id)}">${promise}</a> <code class="dim">${id}</code></p>`,
  )}${
  more > 0 &&
  html`<p class="to-case"><a href="#cases" data-pick="${pick({ state: stateOf(first), ...(judged && { of: first.operationId }) })}">and ${plural(more, 'more case')}</a></p>`
}</li>`
}

const clauseLine = (record: CaseRecord, result: Result): Markup => {
  const operation = operationLine(record.operationId, result)
  const clause = clauseOf(record, result)
  return html`<p class="dim">${operation !== undefined && html`<code>${operation}</code> `}${
    clause === undefined
      ? 'promised in the contract’s introduction'
      : html`${clause.status !== undefined && `${clause.status}: `}“${prose(clause.words)}”`
  }</p>`
}

/** Broken promises are one operation's; what the target file lacks is lacking everywhere. */
const alike = (records: readonly CaseRecord[]): CaseRecord[][] => [
  ...Map.groupBy(records, ({ verdict, operationId, clause, reason, known }) =>
    JSON.stringify([reason, known, ...(verdict === 'fail' || verdict === 'warn' ? [operationId, clause] : [])]),
  ).values(),
]
