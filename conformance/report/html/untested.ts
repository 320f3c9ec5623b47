/** What this run does not show, and why: a report that is silent about it would claim too much. */
import { statusesOf } from '../../case.ts'
import type { Result } from '../../result.ts'
import { stateOf } from '../words.ts'
import { html, type Markup } from './markup.ts'
import { stateMark } from './parts.ts'

export const untested = (result: Result): Markup => {
  const { records, requirements } = result
  const notJudged = Map.groupBy(
    records.filter((record) => ['na', 'untestable', 'blocked', 'error', 'steered'].includes(stateOf(record))),
    (record) => JSON.stringify([stateOf(record), reasonOf(record.reason)]),
  )
  const unprovable = Map.groupBy(
    requirements.filter(({ unprovable }) => unprovable !== undefined),
    ({ status, unprovable }) => JSON.stringify([status, unprovable]),
  )
  const seen = new Set(
    records.flatMap(({ id, operationId }) => statusesOf(id).map((status) => `${operationId} ${status}`)),
  )
  const unseen = requirements.filter(
    ({ operationId, status, unprovable }) => unprovable === undefined && !seen.has(`${operationId} ${status}`),
  )
  return html`<section id="untested">
<h2>Not tested, and why</h2>
<p class="lead">What the figures do not speak of.</p>
<div class="scroll"><table class="plain">
<thead><tr><th>What</th><th class="number">How many</th><th>Why</th></tr></thead>
<tbody>
${[...notJudged.values()].map(
  (own) =>
    own[0] !== undefined &&
    html`<tr><td>${stateMark(stateOf(own[0]))}</td><td class="number">${cases(own.length)}</td><td>${reasonOf(own[0].reason)}</td></tr>`,
)}
${[...unprovable.values()].map(
  (own) =>
    own[0] !== undefined &&
    html`<tr><td>answers with ${own[0].status}</td><td class="number">${own.length} operations</td><td>${own[0].unprovable}</td></tr>`,
)}
${
  unseen.length > 0 &&
  html`<tr><td>documented answers</td><td class="number">${unseen.length}</td><td>no case of this run looks at them: ${result.filter === '' ? 'the suite has none' : 'the filter left them out'}</td></tr>`
}
</tbody>
</table></div>
</section>`
}

/** Steered passes have no reason of their own. */
const reasonOf = (reason: string) =>
  reason === '' ? 'the mock was told what to answer, which shows that its example is valid, and no more' : reason

const cases = (count: number) => `${count} ${count === 1 ? 'case' : 'cases'}`
