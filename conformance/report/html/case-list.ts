/** Every case with its evidence, by operation, and the form that narrows the list. */
import { statusesOf } from '../../case.ts'
import type { CaseRecord, Exchange, Result } from '../../result.ts'
import { toCurl } from '../curl.ts'
import { clauseOf, compare, decisive, operationLine, readable } from '../evidence.ts'
import { labels, plural, stateOf, tally } from '../words.ts'
import { html, type Markup } from './markup.ts'
import { linkTo, prose, stateMark, stateWords } from './parts.ts'

export const caseList = (result: Result): Markup => {
  const groups = [...Map.groupBy(result.records, ({ operationId }) => operationId)]
  return html`<section id="cases">
<h2>Cases</h2>
<p class="lead">Each is one promise. Open it for what the contract says, the command that was sent, and what came back.</p>
${filterForm(result.records)}
${groups.map(([id, records]) => group(id, records, result))}
<p id="nothing" class="nothing" hidden>No case fits. Clear the filter to see all.</p>
</section>`
}

/** Useless without the script, which shows it. */
const filterForm = (records: readonly CaseRecord[]): Markup => {
  const operations = [...new Set(records.map(({ operationId }) => operationId))]
  const statuses = [...new Set(records.flatMap(({ id }) => statusesOf(id)))].sort((a, b) => a - b)
  const levels = ['MUST', 'SHOULD', 'MAY'].filter((level) => records.some((record) => record.level === level))
  return html`<form id="filter" class="filter" role="search" aria-label="Filter cases" hidden>
<input type="search" name="search" placeholder="Search  ( / )" aria-label="Search in cases and evidence" autocomplete="off" spellcheck="false">
${select('operation', 'All operations', operations)}
${select('status', 'All statuses', statuses.map(String))}
${select('level', 'All levels', levels)}
<button type="reset">Clear</button>
<button type="button" id="toggle">Open all</button>
<fieldset class="chips"><legend class="aside">Verdicts</legend>${tally(records).map(
    ([state, count]) =>
      html`<label class="${state}"><input type="checkbox" name="state" value="${state}"><span>${labels[state]} ${count}</span></label>`,
  )}</fieldset>
<output aria-live="polite"></output>
</form>`
}

const select = (name: string, everything: string, options: readonly string[]): Markup =>
  html`<select name="${name}" aria-label="${everything}"><option value="">${everything}</option>${options.map(
    (option) => html`<option>${option}</option>`,
  )}</select>`

const group = (operationId: string, records: readonly CaseRecord[], result: Result): Markup => {
  const requirement = result.requirements.find((one) => one.operationId === operationId)
  return html`<section class="operation" id="of-${operationId}">
<header><h3>${requirement?.summary ?? 'Promises of no single operation'}</h3><span class="dim">${
    requirement !== undefined && html`${operationId} · <code>${requirement.method} ${requirement.path}</code>`
  }</span><span class="dim count">${stateWords(records)}</span></header>
<div class="cases">
${records.map((record) => entry(record, result))}
</div>
</section>`
}

const entry = (record: CaseRecord, result: Result): Markup => {
  const state = stateOf(record)
  return html`<details class="case" id="${record.id}" data-state="${state}" data-operation="${record.operationId}" data-statuses="${statusesOf(record.id).join(' ')}" data-level="${record.level}">
<summary>${stateMark(state)}<span class="what"><span class="promise">${record.promise}</span><code class="id">${record.id}</code></span><span class="tags">${
    record.level !== 'MUST' && html`<span class="level">${record.level}</span>`
  }${record.exchanges.length > 0 && `${record.durationMs} ms`}</span></summary>
<div class="inside">
${found(record)}
${facts(record, result)}
${evidence(record, result)}
</div>
</details>`
}

const found = (record: CaseRecord): Markup | undefined => {
  const { reason, problems, known } = record
  if (reason === '') return undefined
  return html`<div class="problem ${stateOf(record)}">${
    problems.length > 1 ? html`<ul>${problems.map(({ message }) => html`<li>${message}</li>`)}</ul>` : reason
  }${known !== undefined && html`<p class="dim">Known: ${known}</p>`}</div>`
}

const facts = (record: CaseRecord, result: Result): Markup => {
  const operation = operationLine(record.operationId, result)
  const clause = clauseOf(record, result)
  return html`<dl class="facts">
<dt>Promised</dt><dd>The server ${record.promise}. <span class="dim">${record.level}, since contract ${record.since}</span></dd>
${
  clause !== undefined && operation !== undefined
    ? html`<dt>Contract</dt><dd><code>${operation}</code>${clause.status !== undefined && ` answers ${clause.status}`}: “${prose(clause.words)}” <code>${record.clause}</code></dd>`
    : html`<dt>Contract</dt><dd>its introduction <code>${record.clause}</code></dd>`
}
${
  record.control.length > 0 &&
  html`<dt>Stands on</dt><dd>${record.control.map((id, index) => html`${index > 0 && ', '}<a href="${linkTo(id)}"><code>${id}</code></a>`)}</dd>`
}
${record.repeated !== undefined && html`<dt>Run again</dt><dd>${record.repeated}</dd>`}
${record.info.length > 0 && html`<dt>Noted</dt><dd>${record.info.join(', ')}</dd>`}
</dl>`
}

const evidence = (record: CaseRecord, { target }: Result): Markup => {
  const { exchanges } = record
  if (exchanges.length === 0) return html`<p class="dim">Nothing was sent.</p>`
  const last = decisive(record)
  const few = exchanges.length <= 2
  return html`${exchanges.length > 1 && html`<p class="dim">${plural(exchanges.length, 'exchange')}, in order</p>`}${exchanges.map(
    (exchange) => exchangeEntry(exchange, target.baseUrl, few || exchange === last),
  )}`
}

const exchangeEntry = (exchange: Exchange, baseUrl: string, open: boolean): Markup => {
  const { request, answer, caller, cleanUp, fault, durationMs } = exchange
  return html`<details class="exchange"${open && ' open'}>
<summary><code>${request.method} ${request.target}</code><span class="dim">${cleanUp ? 'clean-up, ' : ''}as ${caller}</span><strong>${answer?.status ?? 'no answer'}</strong><span class="dim">${durationMs} ms</span></summary>
<div>
${comparison(exchange)}
<h4>Request</h4><pre tabindex="0"><code class="command">${toCurl(baseUrl, exchange)}</code></pre>
<h4>Answer</h4><pre tabindex="0"><code>${answer === undefined ? `none: ${fault}` : answerText(answer)}</code></pre>
</div>
</details>`
}

const comparison = (exchange: Exchange): Markup | undefined => {
  const rows = compare(exchange)
  if (rows.length === 0) return undefined
  return html`<table class="compare"><thead><tr><th></th><th>expected</th><th>got</th></tr></thead><tbody>${rows.map(
    ({ what, expected, got, holds }) =>
      html`<tr><th scope="row">${what}</th><td>${expected}</td><td class="got ${holds ? 'pass' : 'fail'}">${got}${!holds && ' ✗'}</td></tr>`,
  )}</tbody></table>`
}

const answerText = ({ status, headers, body }: NonNullable<Exchange['answer']>): string =>
  [
    `HTTP ${status}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : ['', readable(body)]),
  ].join('\n')
