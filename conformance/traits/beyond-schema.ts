/** One step beyond what the document allows for a member of a JSON body, at any depth: it is refused. */
import { admittedCall, type Base, effectsOf, idOf, needsOf } from '../base.ts'
import type { Case } from '../case.ts'
import { below, type Contract } from '../contract.ts'
import { each } from '../each.ts'
import { faultPlaceOf } from '../fault-place.ts'
import { cases } from '../table.ts'

type Members = Readonly<Record<string, unknown>>

/** A body with one fault: in words that finish "a body with …", and how the admitted one becomes it. */
interface Beyond {
  words: string
  edit: (body: unknown) => unknown
}

export const beyondSchema = (base: Base): Case[] => {
  if (!base.row.hasBody) return []
  const faults = faultsOf(base)
  if (faults.length === 0) return []
  return cases(base, { needs: needsOf(base), effects: effectsOf(base), live: true }, [
    {
      id: '400|422/validation_error/beyond-schema',
      promise: 'refuses each value of its body that is one step beyond the schema, at any depth',
      control: [idOf(base), idOf(base, '400|422/validation_error/member-unknown')],
      checks: ['each'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        await each(
          context,
          'each',
          faults.map(({ words, edit }) => {
            const wrong = { ...call, body: edit(call.body ?? {}), broken: true }
            const faultPlace = faultPlaceOf(call, wrong, base.row.parameters.query)
            const expected = { status: context.schemaViolation, code: 'validation_error', faultPlace }
            return [`a body with ${words}`, () => context.send(wrong, expected)] as const
          }),
        )
      },
    },
  ])
}

/** Where a value stands: how to read it from a body, and how to put another in its place. */
interface Place {
  name: string
  get: (body: unknown) => unknown
  put: (body: unknown, value: unknown) => unknown
}

const root: Place = { name: '', get: (body) => body, put: (_body, value) => value }
const maxDepth = 6
/** Longer texts are tried by the cases of files. */
const maxLength = 100_000

const faultsOf = ({ contract, operationId, body = {} }: Base): Beyond[] => {
  const pointer = below(contract.operationPointer(operationId), 'requestBody', 'content', 'application/json', 'schema')
  const isAllowed = contract.validatorAt(pointer)
  const found = walk(contract, pointer, body, root, 0)
  // What the schema does not forbid after all, such as a value that another alternative allows, proves nothing.
  return found.filter(({ edit, isUnicode }) => isUnicode || !isAllowed(edit(body)))
}

type Found = Beyond & { isUnicode?: true }

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const walk = (contract: Contract, pointer: string, sample: unknown, place: Place, depth: number): Found[] => {
  const at = contract.follow(pointer)
  const schema = contract.at(at)
  if (!isObject(schema) || depth > maxDepth) return []
  const found: Found[] = []
  for (const choice of ['oneOf', 'anyOf', 'allOf'] as const) {
    const { [choice]: list } = schema
    const fitting = Array.isArray(list) ? list.map((_, index) => below(at, choice, String(index))) : []
    for (const one of fitting)
      if (contract.validatorAt(one)(sample)) found.push(...walk(contract, one, sample, place, depth + 1))
  }
  if (place !== root)
    for (const [words, value, isUnicode] of wrongValues(schema, sample))
      found.push({
        words: `${place.name} ${words}`,
        edit: (body) => place.put(body, value),
        ...(isUnicode && { isUnicode }),
      })
  if (Array.isArray(sample) && sample.length > 0)
    found.push(...walk(contract, below(at, 'items'), sample[0], entryOf(place, sample), depth + 1))
  if (!isObject(sample)) return found
  for (const name of Object.keys((schema.properties as Members | undefined) ?? {})) {
    const member = below(at, 'properties', name)
    const value = sample[name] ?? exampleOf(contract, member)
    if (value !== undefined) found.push(...walk(contract, member, value, memberOf(place, sample, name), depth + 1))
  }
  const [first] = Object.keys(sample)
  if (isObject(schema.additionalProperties) && first !== undefined)
    found.push(
      ...walk(contract, below(at, 'additionalProperties'), sample[first], memberOf(place, sample, first), depth + 1),
    )
  return found
}

/** What the document shows of it, or an object of what it shows of the members. */
const exampleOf = (contract: Contract, pointer: string): unknown => {
  const schema = contract.follow(pointer)
  const members = Object.keys(contract.at(below(schema, 'properties')) ?? {})
  const shown = contract.at(below(schema, 'examples', '0'))
  if (shown !== undefined || members.length === 0) return shown
  const values = members.map((name) => [
    name,
    contract.at(below(contract.follow(below(schema, 'properties', name)), 'examples', '0')),
  ])
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

const memberOf = (place: Place, sample: Members, name: string): Place => {
  const owner = (body: unknown) => ({ ...sample, ...((place.get(body) as Members | undefined) ?? {}) })
  return {
    name: place === root ? name : `${place.name}.${name}`,
    get: (body) => owner(body)[name],
    put: (body, value) => place.put(body, { ...(place === root ? (body as Members) : owner(body)), [name]: value }),
  }
}

const entryOf = (place: Place, sample: readonly unknown[]): Place => ({
  name: `${place.name}.0`,
  get: () => sample[0],
  put: (body, value) => place.put(body, [value, ...sample.slice(1)]),
})

type Wrong = readonly [words: string, value: unknown, isUnicode?: true]

const wrongValues = (schema: Members, sample: unknown): Wrong[] => {
  const number = (name: string) => (typeof schema[name] === 'number' ? schema[name] : undefined)
  const types = [schema.type].flat()
  const nothing: Wrong[] = types.includes('null') || types[0] === undefined ? [] : [['that is null', null]]
  if (typeof sample === 'string') return [...nothing, ...wrongTexts(schema, sample, number)]
  if (typeof sample === 'number') return [...nothing, ...wrongNumbers(sample, number)]
  if (typeof sample === 'boolean')
    return [...nothing, ['that is a text', String(sample)], ['that is a number', Number(sample)]]
  if (Array.isArray(sample)) {
    const [least, most] = [number('minItems') ?? 0, number('maxItems')]
    return [
      ...nothing,
      ['that is no list', sample[0] ?? 0],
      ...(least > 0 ? [['that is empty', sample.slice(0, least - 1)] as const] : []),
      ...(most !== undefined && most < 1_000 && sample.length > 0
        ? [['of one entry too many', Array.from({ length: most + 1 }, () => sample[0])] as const]
        : []),
    ]
  }
  return isObject(sample) ? [...nothing, ...wrongObjects(sample, number)] : nothing
}

type NumberIn = (name: string) => number | undefined

const wrongTexts = (schema: Members, sample: string, number: NumberIn): Wrong[] => {
  if (schema.enum !== undefined || schema.const !== undefined) return [['that is not one of its words', `${sample}x`]]
  const [least, most] = [number('minLength') ?? 0, number('maxLength')]
  return [
    ['that is a number', 5],
    ['with a line break after it', `${sample}\n`],
    ...(least > 0 ? [['that is too short', sample.slice(0, least - 1)] as const] : []),
    ...(most !== undefined && most <= maxLength && sample !== ''
      ? [[`of ${most + 1} characters`, sample.padEnd(most + 1, [...sample].at(-1))] as const]
      : []),
    ['with U+0000 in it', `${sample}\u0000`, true],
    ['with half of a surrogate pair', `${sample}\ud83d`, true],
  ]
}

const wrongNumbers = (sample: number, number: NumberIn): Wrong[] => {
  const [least, most] = [number('minimum'), number('maximum')]
  return [
    ['that is a text', String(sample)],
    ['that is true', true],
    ['that is a fraction', sample + 0.5],
    ...(least === undefined ? [] : [['that is too small', least - 1] as const]),
    ...(most === undefined || !Number.isSafeInteger(most + 1) ? [] : [['that is too large', most + 1] as const]),
  ]
}

const wrongObjects = (sample: Members, number: NumberIn): Wrong[] => {
  const most = number('maxProperties')
  const [value] = Object.values(sample)
  const more = Array.from({ length: (most ?? 0) + 1 }, (_, index) => [`X-${index}`, value])
  return [
    ['that is a list', []],
    ['that is a text', 'x'],
    ['with an unknown member', { ...sample, unknown: true }],
    ...(most !== undefined && value !== undefined
      ? [
          ['of one member too many', Object.fromEntries(more)] as const,
          ['with a name of 65 characters', { ['x'.repeat(65)]: value }] as const,
        ]
      : []),
  ]
}
