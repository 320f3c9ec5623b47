/** Sanitizes untrusted text, so that it can be stored and shown anywhere. */

/** WhatsApp's own limit of a text message, in UTF-16 units. */
export const maxBodyLength = 65_536

const maxLabelLength = 256

/**
 * Text with its line breaks. U+0000 and lone surrogates are removed: U+0000 ends a string in some databases, and lone surrogates
 * have no UTF-8.
 * @param maxLength UTF-16 units; longer text is cut between two characters
 * @returns undefined when the value is no text
 */
export const textOf = (value: unknown, maxLength = maxBodyLength): string | undefined => {
  if (typeof value !== 'string') return undefined
  const isPairCut = value.length > maxLength && isHighSurrogate(value.charCodeAt(maxLength - 1))
  return value
    .slice(0, isPairCut ? maxLength - 1 : maxLength)
    .replaceAll('\0', '')
    .toWellFormed()
}

/**
 * A name on one line: control characters become spaces, because a terminal would obey them.
 * @param maxLength UTF-16 units
 * @returns undefined when nothing is left
 */
export const labelOf = (value: unknown, maxLength = maxLabelLength): string | undefined => {
  const text = textOf(value, maxLength)
    ?.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
  return text === undefined || text === '' ? undefined : text
}

/** Invisible characters. */
const unseen = /[\s\p{Cc}\p{Cf}\u3164\uFFA0\u2800]/gu

/** Text with at least one visible character; undefined when the value is none. */
export const saidIn = (value: unknown): string | undefined => {
  const text = textOf(value)
  return text === undefined || text.replace(unseen, '') === '' ? undefined : text
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00
