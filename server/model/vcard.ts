/** Business cards (vCard), which carry a contact. */
import { saidIn } from './text.ts'

/** A card with a name and a number that opens a chat. @param phone digits with country code */
export const cardOf = (name: string, phone: string): string =>
  [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${escaped(name)};;;`,
    `FN:${escaped(name)}`,
    `TEL;type=CELL;type=VOICE;waid=${phone}:+${phone}`,
    'END:VCARD',
  ].join('\n')

/** A line break would begin another property, a semicolon another part of the name. */
const escaped = (text: string) => text.replaceAll(/[\\;,]/g, '\\$&').replaceAll(/\r\n|[\r\n]/g, '\\n')

/** Longer cards are searched no further, in UTF-16 units. */
const maxHead = 4_096

/** The name on a card; undefined when it has none, or the value is no card. */
export const nameOn = (card: unknown): string | undefined => {
  if (typeof card !== 'string') return undefined
  const head = card.slice(0, maxHead)
  for (const field of ['FN', 'N', 'NICKNAME', 'ORG']) {
    const value = new RegExp(`^(?:item\\d+\\.)?${field}(?:;[^:\\r\\n]*)?:([^\\r\\n]*)`, 'im').exec(head)?.[1]
    const name = saidIn(
      value
        ?.replaceAll(/\\n/gi, ' ')
        .replaceAll(/\\?[;,]/g, ' ')
        .replaceAll('\\\\', '\\')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
    if (name !== undefined) return name
  }
  return undefined
}
