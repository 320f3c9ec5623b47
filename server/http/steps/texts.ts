/** Texts that can be stored and sent as they are. */
import type { FieldError } from '../../model/errors.ts'

/**
 * The first text in a body, member names included, with U+0000 or half of a surrogate pair: neither databases nor WhatsApp keep them,
 * so that others would get another text than the caller sent.
 * @param path of the value, as in `FieldError`
 */
export const brokenText = (value: unknown, path: string): FieldError | undefined => {
  if (typeof value === 'string') return isWhole(value) ? undefined : broken(path)
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    if (!isWhole(name)) return broken(path)
    const found = brokenText(member, `${path}/${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

const isWhole = (text: string) => text.isWellFormed() && !text.includes('\0')

const broken = (path: string): FieldError => ({
  path,
  message: `${path.split('/').slice(2).join('.') || 'the body'} must not have U+0000 or half of a surrogate pair`,
  code: 'format',
})
