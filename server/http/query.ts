import { type FieldError, invalid, unreadable } from '../model/errors.ts'

/** Converts the text of parameters to the types in the contract. */
export type ParameterType = 'string' | 'integer' | 'boolean' | 'array'

const plainInteger = /^-?(0|[1-9]\d*)$/

/**
 * Parses a query string for an operation's parameters.
 * A plain integer becomes a number, `true` and `false` a boolean; any other text stays text, so that the schema refuses it by
 * name (`1e2`, `0x10`, `+5`, `yes`). A list is divided at its commas.
 * @param text without the question mark; '' = no query
 * @throws 400 when the percent-encoding is broken; 422 for an unknown or a repeated parameter
 */
export const readQuery = (text: string, types: Readonly<Record<string, ParameterType>>): Record<string, unknown> => {
  const query: Record<string, unknown> = {}
  if (text === '') return query
  const errors: FieldError[] = []
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const cut = pair.indexOf('=')
    const name = decode(cut < 0 ? pair : pair.slice(0, cut))
    const value = decode(cut < 0 ? '' : pair.slice(cut + 1))
    if (!Object.hasOwn(types, name))
      errors.push({
        path: `/query/${shown(name)}`,
        message: `${shown(name)} is not a query parameter of this operation`,
        code: 'unknown',
      })
    else if (Object.hasOwn(query, name))
      errors.push({ path: `/query/${name}`, message: `${name} is given more than once`, code: 'repeated' })
    else query[name] = read(value, types[name])
    if (errors.length === 10) break
  }
  if (errors.length > 0) throw invalid(errors)
  return query
}

const read = (text: string, type: ParameterType | undefined) => {
  if (type === 'integer' && plainInteger.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (type === 'array') return text.split(',')
  return text
}

const decode = (text: string): string => {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw unreadable('the query has malformed percent-encoding', '/query')
  }
}

/** Shortens a name that comes from the caller. */
const shown = (name: string) => (name.length > 64 ? `${name.slice(0, 64)}…` : name)
