/** Which objects of the contract an answer holds, by the names that they have in `components/schemas`. */
import { below, type Contract } from './contract.ts'

export interface Found {
  name: string
  value: unknown
  /** JSON pointer into the answer. */
  where: string
}

const schemas = '/components/schemas/'
const choices = ['allOf', 'oneOf', 'anyOf'] as const
const maxDepth = 12
const maxPointers = 1_000

/** @param pointer of the schema of the value @returns every named value in it, the outer ones first */
export const objectsIn = (contract: Contract, pointer: string, value: unknown, where = '', depth = 0): Found[] => {
  if (depth > maxDepth || value === undefined) return []
  const schema = contract.follow(pointer)
  const inner = (path: string, part: unknown, at: string) => objectsIn(contract, path, part, at, depth + 1)
  const name = nameOf(schema)
  return [
    ...(name === undefined ? [] : [{ name, value, where }]),
    ...choices.flatMap((choice) => indexes(contract, below(schema, choice)).flatMap((one) => inner(one, value, where))),
    ...partsOf(contract, schema, value, where).flatMap(({ path, part, at }) => inner(path, part, at)),
  ]
}

/** @returns the names of everything that a value of the schema can hold, whether or not one does */
export const namesIn = (contract: Contract, pointer: string, seen = new Set<string>()): string[] => {
  const schema = contract.follow(pointer)
  if (seen.has(schema) || seen.size > maxPointers) return []
  seen.add(schema)
  const inner = [
    ...choices.flatMap((choice) => indexes(contract, below(schema, choice))),
    ...(contract.at(below(schema, 'items')) === undefined ? [] : [below(schema, 'items')]),
    ...Object.keys(contract.at(below(schema, 'properties')) ?? {}).map((name) => below(schema, 'properties', name)),
  ]
  const name = nameOf(schema)
  return [...(name === undefined ? [] : [name]), ...inner.flatMap((one) => namesIn(contract, one, seen))]
}

const indexes = (contract: Contract, list: string) => {
  const found = contract.at(list)
  return Array.isArray(found) ? found.map((_, index) => below(list, String(index))) : []
}

const nameOf = (schema: string) =>
  schema.startsWith(schemas) && !schema.slice(schemas.length).includes('/') ? schema.slice(schemas.length) : undefined

const partsOf = (contract: Contract, schema: string, value: unknown, where: string) => {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    const items = below(schema, 'items')
    return contract.at(items) === undefined
      ? []
      : value.map((part, index) => ({ path: items, part, at: `${where}/${index}` }))
  }
  return Object.entries(value).flatMap(([name, part]) => {
    const path = below(schema, 'properties', name)
    return contract.at(path) === undefined ? [] : [{ path, part, at: `${where}/${name}` }]
  })
}
