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

/** @param pointer of the schema of the value @returns every named value in it, the outer ones first */
export const objectsIn = (contract: Contract, pointer: string, value: unknown, where = '', depth = 0): Found[] => {
  if (depth > maxDepth || value === undefined) return []
  const schema = contract.follow(pointer)
  const inner = (path: string, part: unknown, at: string) => objectsIn(contract, path, part, at, depth + 1)
  return [
    ...(schema.startsWith(schemas) && !schema.slice(schemas.length).includes('/')
      ? [{ name: schema.slice(schemas.length), value, where }]
      : []),
    ...choices.flatMap((choice) => {
      const list = contract.at(below(schema, choice))
      return Array.isArray(list)
        ? list.flatMap((_, index) => inner(below(schema, choice, String(index)), value, where))
        : []
    }),
    ...partsOf(contract, schema, value, where).flatMap(({ path, part, at }) => inner(path, part, at)),
  ]
}

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
