/** How a language writes values. */
export interface Words {
  true: string
  false: string
  null: string
  string(text: string): string
  /** Of a member. */
  key(name: string): string
  /** Between braces on one line. */
  pad: string
  /** Behind the last member of several lines. */
  last: string
}

export const json: Words = {
  true: 'true',
  false: 'false',
  null: 'null',
  string: (text) => JSON.stringify(text),
  key: (name) => JSON.stringify(name),
  pad: '',
  last: '',
}

export const javascript: Words = {
  ...json,
  string: (text) =>
    text.includes("'") ? JSON.stringify(text) : `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')}'`,
  key: (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : javascript.string(name)),
  pad: ' ',
  last: ',',
}

export const python: Words = { ...json, true: 'True', false: 'False', null: 'None', last: ',' }

/** The longest value on one line. */
const widest = 56

/** JSON data as a language writes it: on one line where that is short. @param indent of the line that it begins on */
export function literal(value: unknown, words: Words, indent = ''): string {
  if (value === null) return words.null
  if (typeof value === 'boolean') return value ? words.true : words.false
  if (typeof value === 'string') return words.string(value)
  if (typeof value !== 'object') return String(value)
  const inner = `${indent}  `
  const isList = Array.isArray(value)
  const write = (at: string) =>
    isList
      ? value.map((one) => literal(one, words, at))
      : Object.entries(value).map(([name, one]) => `${words.key(name)}: ${literal(one, words, at)}`)
  const [open, close, pad] = isList ? ['[', ']', ''] : ['{', '}', words.pad]
  const parts = write(inner)
  if (parts.length === 0) return open + close
  const line = `${open}${pad}${parts.join(', ')}${pad}${close}`
  if (line.length <= widest && !line.includes('\n')) return line
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}${words.last}\n${indent}${close}`
}
