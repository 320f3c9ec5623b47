/** What of edits, reactions and votes no schema can say. */
import { invalid } from '../model/errors.ts'
import type { Schemas } from '../operation.ts'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Begins with a pictograph, a flag or a key cap. Unicode has more of them than this Node knows by name, and people leave out selectors. */
const pictured = /^(\p{Extended_Pictographic}|\p{RI}\p{RI}|[#*0-9]\uFE0F?\u20E3$)/u

/** @returns the emoji @throws GatewayError 422 when it is not exactly one */
export const checkEmoji = (emoji: string): string => {
  if (pictured.test(emoji) && [...graphemes.segment(emoji)].length === 1) return emoji
  throw invalid([{ path: '/body/emoji', message: 'emoji must be one emoji, like 👍', code: 'format' }])
}

/** Characters of a caption, as where it is sent. */
const maxCaption = 1_024

/** @returns the new words @throws GatewayError 422 when they are too long for a message of this type */
export const checkLength = (text: string, type: string): string => {
  // No text has more characters than UTF-16 units.
  if (type === 'text' || text.length <= maxCaption || [...text].length <= maxCaption) return text
  const message = `text must have at most ${maxCaption} characters: it is a caption`
  throw invalid([{ path: '/body/text', message, code: 'too_long' }])
}

/** The most options that an error lists: as many as the apps allow. */
const mostListed = 12

/** @returns the options @throws GatewayError 422 when the poll does not have one, or allows fewer */
export const checkOptions = (chosen: string[], poll: Schemas['Poll'] | undefined): string[] => {
  const { options = [], selectableCount: most = 0 } = poll ?? {}
  const names = options.map(({ name }) => name)
  const unknown = chosen.findIndex((name) => !names.includes(name))
  if (unknown >= 0) {
    const message = `options.${unknown} must be one of ${names.slice(0, mostListed).join(', ')}`
    throw invalid([{ path: `/body/options/${unknown}`, message, code: 'enum' }])
  }
  if (most === 0 || chosen.length <= most) return chosen
  const message = `options must have at most ${most} ${most === 1 ? 'entry' : 'entries'}`
  throw invalid([{ path: '/body/options', message, code: 'too_long' }])
}
