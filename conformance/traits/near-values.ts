/** Values and names in a JSON body that are almost right: each is refused like any other wrong one. */
import { type Base, refusal } from '../base.ts'
import type { Call, Case } from '../case.ts'
import { below } from '../contract.ts'
import { cases, type Row } from '../table.ts'

type Members = Readonly<Record<string, unknown>>

export const nearValues = (base: Base): Case[] => {
  if (!base.row.hasBody) return []
  return cases(base, {}, [
    ...enumsOf(base).flatMap(([name, values]) => nearWords(base, name, values)),
    ...nearNames(base),
  ])
}

const bodyOf = ({ body }: Call) => (body ?? {}) as Members

const sends = (base: Base, variant: string, promise: string, body: (call: Call) => unknown): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body: body(call) }),
  })

/** Members of the body that take one of some words. */
const enumsOf = ({ contract, operationId }: Base): [string, string[]][] => {
  const body = below(contract.operationPointer(operationId), 'requestBody', 'content', 'application/json', 'schema')
  const schema = contract.follow(body)
  return Object.keys(contract.at(below(schema, 'properties')) ?? {}).flatMap((name): [string, string[]][] => {
    const values = contract.at(below(contract.follow(below(schema, 'properties', name)), 'enum'))
    return Array.isArray(values) ? [[name, values.map(String)]] : []
  })
}

const nearWords = (base: Base, name: string, values: readonly string[]): Row[] => {
  const near = (variant: string, promise: string, change: (word: string) => string) =>
    sends(base, `${name}-${variant}`, `refuses ${promise} as ${name}`, (call) => ({
      ...bodyOf(call),
      [name]: change(values[0] ?? ''),
    }))
  return [
    near('capital', 'a word with a capital', (word) => word.replace(/^./, (letter) => letter.toUpperCase())),
    near('space-before', 'a word with a space in front', (word) => ` ${word}`),
    near('line-break', 'a word with a line break after it', (word) => `${word}\n`),
    near('cut', 'a word without its last letter', (word) => word.slice(0, -1)),
    near('longer', 'a word with a letter more', (word) => `${word}s`),
    near('two', 'two words', () => values.slice(0, 2).join(',')),
    near('nul', 'a word with U+0000 after it', (word) => `${word}\u0000`),
  ]
}

const nearNames = (base: Base): Row[] => {
  const [first] = Object.keys(bodyOf({ operationId: base.operationId, body: base.body }))
  return [
    sends(base, 'member-null', 'refuses a member that it does not know, with null too', (call) => ({
      ...bodyOf(call),
      unknown: null,
    })),
    ...(first === undefined
      ? []
      : [
          sends(base, 'member-in-capitals', 'refuses a member in capitals', (call) => ({
            ...bodyOf(call),
            [first.toUpperCase()]: bodyOf(call)[first],
          })),
        ]),
    sends(base, 'member-proto', 'refuses a member that is called __proto__', (call) =>
      // As a literal it would name the prototype, and no member.
      Object.fromEntries([...Object.entries(bodyOf(call)), ['__proto__', {}]]),
    ),
  ]
}
