/** Business cards (vCard), which carry a contact. */
import { saidIn } from './text.ts'

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
        ?.replaceAll(/\\?[;,]/g, ' ')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
    if (name !== undefined) return name
  }
  return undefined
}
