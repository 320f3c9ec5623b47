/** Sanitizes untrusted text, so that it can be stored and shown anywhere. */

/** WhatsApp's own limit of a text message, in characters as JSON Schema counts them: Unicode code points. */
export const maxBodyLength = 65_536

const maxLabelLength = 256

/**
 * Text with its line breaks. U+0000 and lone surrogates are removed: U+0000 ends a string in some databases, and lone surrogates
 * have no UTF-8.
 * @param maxLength code points; longer text is cut
 * @returns undefined when the value is no text
 */
export const textOf = (value: unknown, maxLength = maxBodyLength): string | undefined =>
  typeof value === 'string' ? cut(value, maxLength).replaceAll('\0', '').toWellFormed() : undefined

const cut = (text: string, maxLength: number): string => {
  if (text.length <= maxLength) return text
  let units = 0
  for (let count = 0; count < maxLength && units < text.length; count += 1) units += isPair(text, units) ? 2 : 1
  return text.slice(0, units)
}

const isPair = (text: string, at: number) => Number(text.codePointAt(at)) > 0xffff

/**
 * A name on one line: control characters become spaces, because a terminal would obey them.
 * @param maxLength code points
 * @returns undefined when nothing is left
 */
export const labelOf = (value: unknown, maxLength = maxLabelLength): string | undefined => {
  const text = textOf(value, maxLength)
    ?.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
  return text === undefined || text === '' ? undefined : text
}

/** Characters that turn the direction of what follows: in `photo_\u202egpj.exe` they hide what the name ends in. */
const turning = /[\u202a-\u202e\u2066-\u2069]/g

/** The name of a file on one line, as it is; undefined when nothing is left. */
export const fileNameOf = (value: unknown): string | undefined =>
  labelOf(typeof value === 'string' ? value.replace(turning, '') : value)

/** Invisible characters. */
const unseen = /[\s\p{Cc}\p{Cf}\u3164\uFFA0\u2800]/gu

/** Text with at least one visible character; undefined when the value is none. */
export const saidIn = (value: unknown): string | undefined => {
  const text = textOf(value)
  return text === undefined || text.replace(unseen, '') === '' ? undefined : text
}
