/** Operation by status: what the contract documents, and what became of it. */
import { statusesOf } from '../../case.ts'
import type { CaseRecord, Requirement, Result } from '../../result.ts'
import { html, type Markup } from './markup.ts'
import { pick, stateWords, worst } from './parts.ts'

export const matrix = (result: Result): Markup => {
  const { requirements, records } = result
  const operations = [...Map.groupBy(requirements, ({ operationId }) => operationId)]
  const others = records.filter(({ operationId }) => !operations.some(([id]) => id === operationId))
  const statuses = [
    ...new Set([...requirements.map(({ status }) => status), ...records.flatMap(({ id }) => statusesOf(id))]),
  ].sort((a, b) => a - b)
  return html`<section id="matrix">
<h2>Every documented answer</h2>
<p class="lead">One row for each operation, one column for each status. A number says how many cases show that answer to be right; after a slash, of how many. A case that takes either of two statuses counts for both.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Operations and statuses">
<table class="matrix">
<thead><tr><th scope="col">Operation</th>${statuses.map((status) => html`<th scope="col">${status}</th>`)}</tr></thead>
<tbody>
${operations.map(([operationId, documented]) =>
  row(
    operationId,
    documented,
    statuses,
    records.filter((record) => record.operationId === operationId),
  ),
)}
${others.length > 0 && row('gateway', [], statuses, others)}
</tbody>
</table>
</div>
<ul class="key"><li><span class="cell pass">3</span> all passed</li><li><span class="cell fail">2/3</span> not all passed</li><li><span class="cell na">n/a</span> not applicable</li><li><span class="cell no">–</span> no case can show it</li><li><span class="cell missing">0</span> documented, not looked at in this run</li></ul>
</section>`
}

const row = (
  operationId: string,
  documented: readonly Requirement[],
  statuses: readonly number[],
  records: readonly CaseRecord[],
): Markup => {
  const [first] = documented
  const name = first === undefined ? 'any operation' : operationId
  const where = first === undefined ? '' : `${first.method} ${first.path}`
  return html`<tr><th scope="row">${name}${where !== '' && html`<small>${where}</small>`}</th>${statuses.map(
    (status) => {
      const own = records.filter(({ id }) => statusesOf(id).includes(status))
      const requirement = documented.find((one) => one.status === status)
      return html`<td>${cell(operationId, status, requirement, own)}</td>`
    },
  )}</tr>`
}

const cell = (
  operationId: string,
  status: number,
  requirement: Requirement | undefined,
  records: readonly CaseRecord[],
): Markup | undefined => {
  const state = worst(records.filter(({ verdict }) => verdict !== 'na')) ?? worst(records)
  if (state === undefined) {
    if (requirement === undefined) return undefined
    return requirement.unprovable === undefined
      ? html`<span class="cell missing" title="not looked at in this run">0</span>`
      : html`<span class="cell no" title="${requirement.unprovable}">–<span class="aside"> no case can show it</span></span>`
  }
  const words = `${operationId}, ${status}: ${stateWords(records)}`
  return html`<a class="cell ${state}" href="#${encodeURIComponent(`of-${operationId}`)}" data-pick="${pick({ of: operationId, answer: String(status) })}" title="${words}" aria-label="${words}">${shareOf(records)}</a>`
}

const shareOf = (records: readonly CaseRecord[]): string => {
  const applicable = records.filter(({ verdict }) => verdict !== 'na')
  const passed = applicable.filter(({ verdict }) => verdict === 'pass').length
  if (applicable.length === 0) return 'n/a'
  return passed === applicable.length ? String(passed) : `${passed}/${applicable.length}`
}
