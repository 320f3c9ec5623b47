/** Which objects of the contract an answer holds, by the names that they have in `components/schemas`. */
import { below, type Contract } from './contract.ts'

export interface Found {
  name: string
  value: unknown
  /** JSON pointer into the answer. */
  where: string
}

/** What a schema says of where objects are: read from the document once, for an answer may have thousands of members. */
interface Shape {
  /** Undefined for a schema without a name of its own. */
  name: string | undefined
  /** Pointers of the schemas that hold for the same value. */
  choices: readonly string[]
  /** Pointers of the schemas of entries and members. */
  items: string | undefined
  members: ReadonlyMap<string, string>
}

const schemas = '/components/schemas/'
/** What these hold is how something was once: nothing says how it is now. */
const snapshots: readonly string[] = ['Event']
const choices = ['allOf', 'oneOf', 'anyOf'] as const
const maxDepth = 12
const maxPointers = 1_000

/** @param pointer of the schema of the value @returns every named value in it, the outer ones first */
export const objectsIn = (contract: Contract, pointer: string, value: unknown): Found[] => {
  const found: Found[] = []
  const visit = (path: string, part: unknown, where: string, depth: number): void => {
    if (depth > maxDepth || part === undefined) return
    const shape = shapeAt(contract, path)
    if (shape.name !== undefined) found.push({ name: shape.name, value: part, where })
    for (const choice of shape.choices) visit(choice, part, where, depth + 1)
    if (typeof part !== 'object' || part === null) return
    if (Array.isArray(part)) {
      const { items } = shape
      if (items === undefined) return
      for (const [index, entry] of part.entries()) visit(items, entry, `${where}/${index}`, depth + 1)
      return
    }
    for (const [name, member] of Object.entries(part)) {
      const inner = shape.members.get(name)
      if (inner !== undefined) visit(inner, member, `${where}/${name}`, depth + 1)
    }
  }
  visit(pointer, value, '', 0)
  return found
}

/** @returns the names of everything that a value of the schema can hold, whether or not one does */
export const namesIn = (contract: Contract, pointer: string, seen = new Set<string>()): string[] => {
  const schema = contract.follow(pointer)
  if (seen.has(schema) || seen.size > maxPointers) return []
  seen.add(schema)
  const { name, choices: either, items, members } = shapeAt(contract, schema)
  const inner = [...either, ...(items === undefined ? [] : [items]), ...members.values()]
  return [...(name === undefined ? [] : [name]), ...inner.flatMap((one) => namesIn(contract, one, seen))]
}

const known = new WeakMap<Contract, Map<string, Shape>>()

const shapeAt = (contract: Contract, pointer: string): Shape => {
  const shapes = known.get(contract) ?? new Map<string, Shape>()
  known.set(contract, shapes)
  const shape = shapes.get(pointer) ?? readShape(contract, contract.follow(pointer))
  shapes.set(pointer, shape)
  return shape
}

const readShape = (contract: Contract, schema: string): Shape => {
  const name = schema.startsWith(schemas) ? schema.slice(schemas.length) : ''
  if (snapshots.includes(name)) return { name, choices: [], items: undefined, members: new Map() }
  const items = below(schema, 'items')
  const properties = Object.keys(contract.at(below(schema, 'properties')) ?? {})
  return {
    name: name === '' || name.includes('/') ? undefined : name,
    choices: choices.flatMap((choice) => {
      const list = contract.at(below(schema, choice))
      return Array.isArray(list) ? list.map((_, index) => below(schema, choice, String(index))) : []
    }),
    items: contract.at(items) === undefined ? undefined : items,
    members: new Map(properties.map((member) => [member, below(schema, 'properties', member)])),
  }
}
