/** Small pieces that several parts of a page share. */
import type { CaseRecord } from '../../result.ts'
import type { Figure } from '../figures.ts'
import { labels, type State, stateOf, tally } from '../words.ts'
import { html, type Markup } from './markup.ts'

export const stateMark = (state: State): Markup => html`<span class="state ${state}">${labels[state]}</span>`

/** Link to a case on the same page. */
export const linkTo = (id: string): string => `#${encodeURIComponent(id)}`

/** What the script makes of a link: a filter. Without the script it is a link to where the cases are. */
export const pick = (filter: { state?: State; of?: string; answer?: string }): string => JSON.stringify(filter)

/** The contract's words, with what stands in backticks as code. */
export const prose = (text: string): Markup =>
  html`${text.split('`').map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`

/** One bar, as long as its share. */
export const meter = ({ part, whole }: Figure, kind: string): Markup =>
  bar(
    [
      { kind, count: part },
      { kind: 'rest', count: whole - part },
    ],
    `${part} of ${whole}`,
  )

/** One bar of all states. */
export const stateBar = (records: readonly CaseRecord[]): Markup =>
  bar(
    tally(records).map(([state, count]) => ({ kind: state, count })),
    tally(records)
      .map(([state, count]) => `${count} ${labels[state]}`)
      .join(', '),
  )

const width = 1_000
/** What is there can be seen, however little it is. */
const least = 6

const bar = (parts: readonly { kind: string; count: number }[], words: string): Markup => {
  const shown = parts.filter(({ count }) => count > 0)
  const whole = shown.reduce((sum, { count }) => sum + count, 0)
  const room = width - least * shown.length
  let x = 0
  return html`<svg class="bar" viewBox="0 0 ${width} 10" preserveAspectRatio="none" role="img" aria-label="${words}">${shown
    .filter(({ kind }) => kind !== 'rest' || shown.length > 1)
    .map(({ kind, count }) => {
      const from = x
      const long = least + (room * count) / whole
      x += long
      return kind === 'rest'
        ? undefined
        : html`<rect class="${kind}" x="${from.toFixed(1)}" width="${long.toFixed(1)}" height="10"/>`
    })}</svg>`
}

/** How many there are of each state, worst first, in words. */
export const stateWords = (records: readonly CaseRecord[]): string =>
  tally(records)
    .map(([state, count]) => `${count} ${labels[state]}`)
    .join(', ')

/** The worst state of some cases; undefined for none. */
export const worst = (records: readonly CaseRecord[]): State | undefined => tally(records)[0]?.[0]

export const ofState = (records: readonly CaseRecord[], state: State) =>
  records.filter((record) => stateOf(record) === state)
