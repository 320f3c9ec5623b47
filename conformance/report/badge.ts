/** `badge.svg`: the outcome in a few words, to show in a README. Green is for a server that has nothing to mend. */
import type { Result } from '../result.ts'
import { escaped } from './html/markup.ts'
import { inOperations, minute, type Standing, standingOf, verdictSentence } from './words.ts'

export const toBadge = (result: Result): string => {
  const { target, contract, startedAt } = result
  const title = `Conformance of ${target.name} ${target.version} with the Parley contract ${contract.version}, ${minute(startedAt)}: ${verdictSentence(result)}`
  const [major = '', minor = ''] = contract.version.split('.')
  return svg('conformance', `${badgeText(result)} · ${major}.${minor}`, colours[standingOf(result).kind], title)
}

/** Each with white text upon it has a contrast of 4.5 or more. */
const colours: Readonly<Record<Standing, string>> = {
  good: '#0b6b3f',
  bad: '#ad1f2d',
  unsure: '#57606c',
  mock: '#0a5a94',
}

const badgeText = (result: Result): string => {
  const { target, filter, footer } = result
  const { fail } = footer.counts
  const mock = target.kind === 'mock' ? 'mock ' : ''
  if (footer.outcome === 'not measured') return `${mock}not measured`
  if (filter !== '' && fail === 0) return `${mock}in part`
  return `${mock}${judgement(result)} · ${inOperations(result)}`
}

const judgement = ({ target, stale, footer }: Result): string => {
  const { fail, untestable, blocked, warn } = footer.counts
  if (fail > 0) return `${fail} failing`
  if (untestable + blocked > 0) return `${untestable + blocked} not tested`
  if (footer.outcome === 'not conformant') return `${warn} warned`
  if (stale.length > 0) return 'baseline out of date'
  return target.kind === 'mock' ? 'agrees' : 'conformant'
}

const svg = (label: string, value: string, colour: string, title: string): string => {
  const left = widthOf(label) + 12
  const right = widthOf(value) + 12
  const width = left + right
  const text = (content: string, from: number, room: number) =>
    `<text x="${from + room / 2}" y="14" textLength="${room - 12}">${escaped(content)}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<rect width="${width}" height="20" rx="3" fill="${colour}"/>
<path d="M3 0H${left}V20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3a424b"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">${text(label, 0, left)}${text(value, left, right)}</g>
</svg>
`
}

/** In pixels, about as wide as Verdana of 11 pixels; `textLength` makes any other font as wide. */
const widthOf = (text: string): number =>
  Math.round(Array.from(text, widthOfCharacter).reduce((sum, width) => sum + width, 0))

const widthOfCharacter = (character: string): number => {
  if (/[ijl.,:;'|!·]/.test(character)) return 3.6
  if (/[frt /()[\]-]/.test(character)) return 4.6
  return /[mwMW%]/.test(character) ? 10.6 : 7
}
