/** `report.html`: the result as a page to look at, whole in one file. */
import type { Result } from '../../result.ts'
import { curlLegend } from '../curl.ts'
import { type Figure, figuresOf, percent } from '../figures.ts'
import { labels, meanings, minute, plural, seconds, standingOf, tally, verdictSentence } from '../words.ts'
import { caseList } from './case-list.ts'
import { html, type Markup } from './markup.ts'
import { matrix } from './matrix.ts'
import { page } from './page.ts'
import { meter, pick, stateBar, stateMark } from './parts.ts'
import { script } from './script.ts'
import { toMendList } from './to-mend.ts'
import { untested } from './untested.ts'

export const toHtml = (result: Result): string =>
  page({
    title: `${result.target.name} ${result.target.version}: conformance report`,
    script,
    body: html`<a class="skip" href="#cases">Skip to the cases</a>
${top(result)}
<main>
${figures(result)}
${toMendList(result)}
${matrix(result)}
${caseList(result)}
${untested(result)}
${about(result)}
</main>
<footer class="foot">Made by ${result.suite.name} ${result.suite.version} from result.json. ${curlLegend}</footer>`,
  })

const top = (result: Result): Markup => {
  const { target, contract } = result
  const { kind, title } = standingOf(result)
  return html`<header class="top">
<p class="eyebrow">Conformance with the Parley contract ${contract.version}</p>
<h1>${target.name} <small>${target.version}</small></h1>
<p class="where"><code>${target.baseUrl}</code> · ${target.kind} · <time datetime="${result.startedAt}">${minute(result.startedAt)}</time></p>
<div class="outcome ${kind}"><strong>${title}</strong><p>${verdictSentence(result)}</p></div>
</header>`
}

const figures = (result: Result): Markup => {
  const { conformance, coverage } = figuresOf(result)
  const { records } = result
  return html`<section aria-label="Figures">
<div class="figures">
${figure('Conformance', conformance, 'judged cases passed', conformanceKind(result))}
${figure('Coverage', coverage, 'cases that apply were judged', 'steered')}
${counted('Operations', result.footer.operations, 'operations are covered by this verdict')}
</div>
<div class="card verdicts">
${stateBar(records)}
<ul class="legend">${tally(records).map(
    ([state, count]) =>
      html`<li><a class="${state}" href="#cases" data-pick="${pick({ state })}" title="${meanings[state]}"><span class="dot"></span><b>${count}</b> ${labels[state]}</a></li>`,
  )}</ul>
</div>
</section>`
}

/** Red is for what is broken: a share of all is not, though something else may keep the server from being conformant. */
const conformanceKind = (result: Result): string => {
  const { kind } = standingOf(result)
  return kind === 'bad' && result.footer.counts.fail === 0 ? 'unsure' : kind
}

const counted = (name: string, of: Figure, words: string): Markup =>
  html`<div class="card figure"><h2>${name}</h2><p class="value">${of.part} of ${of.whole}</p>${meter(of, 'steered')}<p>${words}</p></div>`

const figure = (name: string, of: Figure | undefined, words: string, kind: string): Markup =>
  of === undefined
    ? html`<div class="card figure"><h2>${name}</h2><p class="value none">Not measured</p><p>A figure is given only when every case came to a verdict.</p></div>`
    : html`<div class="card figure"><h2>${name}</h2><p class="value">${percent(of)}</p>${meter(of, kind)}<p>${of.part} of ${of.whole} ${words}</p></div>`

const about = (result: Result): Markup => {
  const { suite, contract, runId, seed, startedAt, durationMs, profile, choices, filter, strict, records } = result
  const claims = Object.entries(profile)
  const rows: [string, Markup | string][] = [
    ['Suite', `${suite.name} ${suite.version}`],
    ['Contract', html`${contract.version}, document <code>${contract.sha256.slice(0, 16)}</code>`],
    ['Run', html`<code>${runId}</code>, seed <code>${seed}</code>`],
    ['Began', `${minute(startedAt)}, and took ${seconds(durationMs)} for ${plural(records.length, 'case')}`],
    ...(filter === '' ? [] : [['Only', html`cases whose id contains <code>${filter}</code>`] as [string, Markup]]),
    [
      'Claims',
      claims.length === 0 ? 'everything' : claims.map(([name, claim]) => `${name}: ${claim ? 'yes' : 'no'}`).join(', '),
    ],
    [
      'Broken requests',
      choices.validationStatus === 'auto' ? 'may be answered 400 or 422' : `are answered ${choices.validationStatus}`,
    ],
    ['SHOULD', strict ? 'counts as MUST' : 'gives a warning'],
  ]
  return html`<section id="about">
<h2>About this run</h2>
<div class="card"><dl class="facts to">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<table class="plain"><thead><tr><th>Verdict</th><th>Means</th></tr></thead><tbody>${Object.entries(meanings).map(
    ([state, meaning]) => html`<tr><td>${stateMark(state as keyof typeof meanings)}</td><td>${meaning}</td></tr>`,
  )}</tbody></table></div>
</section>`
}
