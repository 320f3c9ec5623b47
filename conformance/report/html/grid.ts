/** `grid.html`: several implementations side by side, whole in one file. */
import { type Column, claimedIn, type Grid, markLabels, marksOf, type Row, share, shareOf } from '../grid.ts'
import { plural } from '../words.ts'
import { gridScript } from './grid-script.ts'
import { html, type Markup } from './markup.ts'
import { page } from './page.ts'

export const toGridHtml = (grid: Grid): string => {
  const { contract, columns, rows } = grid
  return page({
    title: `Implementations of the Parley contract ${contract.version}`,
    script: gridScript,
    body: html`<a class="skip" href="#cases">Skip to the cases</a>
<header class="top">
<p class="eyebrow">Conformance side by side</p>
<h1>Parley contract <small>${contract.version}</small></h1>
<p class="where">${plural(columns.length, 'implementation')}, ${plural(rows.length, 'case')}, document <code>${contract.sha256.slice(0, 16)}</code></p>
</header>
<main>
${implementations(grid)}
${byOperation(grid)}
${cases(grid)}
</main>`,
  })
}

const implementations = ({ columns, rows }: Grid): Markup => html`<section>
<h2>Implementations</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Implementations"><table class="plain stacked">
<thead><tr><th scope="col">Implementation</th><th scope="col">Outcome</th><th scope="col" class="number">Operations</th><th scope="col" class="number">Conformance</th><th scope="col" class="number">Coverage</th><th scope="col">Cases</th></tr></thead>
<tbody>${columns.map(
  (column, index) =>
    html`<tr><th scope="row">${column.name} ${column.version}<br><span class="dim">${column.kind}, ${column.date}${column.run !== '' && ` ${column.run}`}, suite ${column.suite}</span></th><td><span class="state ${column.standing.kind}">${column.standing.title}</span></td><td class="number" data-name="Operations">${column.operations.part} of ${column.operations.whole}</td><td class="number" data-name="Conformance">${share(column.conformance)}</td><td class="number" data-name="Coverage">${share(column.coverage)}</td><td>${marksOf(
      rows,
      index,
    )
      .map(([mark, count]) => `${count} ${markLabels[mark]}`)
      .join(', ')}</td></tr>`,
)}</tbody>
</table></div>
</section>`

const heads = (columns: readonly Column[]): Markup[] =>
  columns.map(
    ({ name, version, date, run }) =>
      html`<th scope="col" class="who">${name} ${version}<small>${date}${run !== '' && ` ${run}`}</small></th>`,
  )

const byOperation = ({ columns, rows }: Grid): Markup => html`<section>
<h2>By operation</h2>
<p class="lead">What passed, of what applies.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Totals by operation"><table class="matrix grid">
<thead><tr><th scope="col">Operation</th>${heads(columns)}</tr></thead>
<tbody>${[...Map.groupBy(claimedIn(rows).claimed, ({ operationId }) => operationId)].map(
  ([operationId, own]) =>
    html`<tr><th scope="row">${operationId}</th>${columns.map((_, index) => html`<td>${total(own, index)}</td>`)}</tr>`,
)}</tbody>
</table></div>
${unclaimed(rows)}
</section>`

const unclaimed = (rows: readonly Row[]): Markup | undefined => {
  const { nobodys } = claimedIn(rows)
  if (nobodys.length === 0) return undefined
  return html`<p class="lead after">Nobody claims ${nobodys.map((id, index) => html`${index > 0 && ', '}<code>${id}</code>`)}.</p>`
}

const total = (rows: readonly Row[], column: number): Markup => {
  const figure = shareOf(rows, column)
  const marks = marksOf(rows, column)
  const worst = marks.find(([mark]) => mark !== 'na' && mark !== 'steered') ?? marks[0]
  const words = marks.map(([mark, count]) => `${count} ${markLabels[mark]}`).join(', ')
  return html`<span class="cell ${worst?.[0]}" title="${words}">${
    figure === undefined ? 'n/a' : figure.part === figure.whole ? figure.part : `${figure.part}/${figure.whole}`
  }</span>`
}

const cases = ({ columns, rows }: Grid): Markup => html`<section id="cases">
<h2>Cases</h2>
<p class="lead">Point at a mark, or tap it, for its reason. A star: its baseline lists it.</p>
<form id="filter" class="filter" role="search" aria-label="Filter cases" hidden>
<input type="search" name="search" placeholder="Search  ( / )" aria-label="Search in cases" autocomplete="off" spellcheck="false">
<fieldset class="chips"><legend class="aside">Show</legend><label class="steered"><input type="checkbox" name="differs"><span>only where they differ</span></label></fieldset>
<button type="reset">Clear</button>
<output aria-live="polite"></output>
</form>
<div class="scroll" tabindex="0" role="region" aria-label="Cases"><table class="matrix grid">
<thead><tr><th scope="col">Case</th>${heads(columns)}</tr></thead>
${[...Map.groupBy(claimedIn(rows).claimed, ({ operationId }) => operationId)].map(
  ([operationId, own]) =>
    html`<tbody><tr class="of"><th scope="rowgroup" colspan="${columns.length + 1}">${operationId}</th></tr>
${own.map(caseRow)}</tbody>`,
)}
</table></div>
<p id="nothing" class="nothing" hidden>No case fits. Clear the filter to see all.</p>
</section>`

const caseRow = ({ id, promise, cells, differs }: Row): Markup =>
  html`<tr class="row"${differs && html` data-differs`}><th scope="row"><span class="promise">${promise}</span><small>${id}</small></th>${cells.map(
    ({ mark, reason, known }) =>
      html`<td><span class="cell ${mark}"${reason !== '' && html` title="${reason}" tabindex="-1"`}>${markLabels[mark]}${known && ' *'}<span class="aside"> ${known && 'known: '}${reason}</span></span></td>`,
  )}</tr>
`
