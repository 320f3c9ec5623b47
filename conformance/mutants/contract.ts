/**
 * Wrong servers made from the contract: each documented answer with one thing changed that the document does not allow. Their
 * number grows with the contract, by nobody's hand.
 */
import { below, type Json, type OperationId, unprovable } from '../contract.ts'
import { at, follow, operationIds, operations, responsePointer } from '../parley.ts'
import type { WireAnswer } from '../transport.ts'
import { type Fault, headed, isObject } from './fault.ts'
import { firstAndLast } from './representatives.ts'

export interface ContractMutant {
  readonly id: string
  readonly operationId: OperationId
  readonly status: number
  /** What is alike in those that prove the same: the change, and the documented answer or the member of a schema that operations share. */
  readonly proof: string
  /** Finishes "a server that …". */
  readonly fault: string
  /** What a case that sees it must say. */
  readonly because: RegExp
  /** @returns the fault, and how many answers it has changed so far */
  make(): { fault: Fault; applied: () => number }
}

/** One change of an answer. @returns undefined where there is nothing to change */
interface Change {
  name: string
  /** What it is about, where more than one documented answer has it: a member of a schema that they share. */
  place?: string
  words: string
  because: RegExp
  apply(answer: WireAnswer): WireAnswer | undefined
}

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A status that the contract does not have. */
const strange = 418

const statusChanges = (id: OperationId, status: number): Change[] => {
  const { statuses } = operations[id]
  const others = statuses.filter((other) => !(other in unprovable) && other !== status)
  // 400 in place of 422 is a choice that a target has.
  const wrong = [...others.filter((other) => !(status === 422 && other === 400)), strange]
  return wrong.map((other) => ({
    name: `status-${other}`,
    words: `answers ${other} in place of ${status}`,
    // Where either status may come for a while, its body tells.
    because: new RegExp(
      `answered ${other} instead of|does not document ${other}|must have required property 'error'|Content-Type is|Content-Range is`,
    ),
    apply: (answer) => ({ ...answer, status: other }),
  }))
}

const headerChanges = (response: string): Change[] =>
  Object.keys(at(below(response, 'headers')) ?? {})
    .filter((name) => at(below(follow(below(response, 'headers', name)), 'required')) === true)
    .map((name) => ({
      name: `without-${name.toLowerCase()}`,
      words: `leaves ${name} out`,
      because: new RegExp(`${name} is missing`),
      apply: (answer) => headed(answer, { [name.toLowerCase()]: undefined }),
    }))

/** Not of 304, which may say how long the body of a 200 is (RFC 9110, 8.6). */
const emptyChanges: Change[] = [
  {
    name: 'body',
    words: 'announces a body where there is none',
    because: /announces a body/,
    apply: (answer) => headed(answer, { 'content-length': '2' }),
  },
]

const isJson = ({ headers }: WireAnswer) => (headers['content-type'] ?? '').startsWith('application/json')

const bodyChanges: Change[] = [
  {
    name: 'type-text',
    words: 'calls its body text',
    because: /Content-Type is text\/plain, not/,
    apply: (answer) => headed(answer, { 'content-type': 'text/plain' }),
  },
  {
    name: 'type-absent',
    words: 'does not say what its body is',
    because: /Content-Type is absent, not/,
    apply: (answer) => headed(answer, { 'content-type': undefined }),
  },
  {
    name: 'body-cut',
    words: 'leaves the last character of its body out',
    because: /the body is not JSON/,
    apply: (answer) => (isJson(answer) ? { ...answer, bytes: answer.bytes.subarray(0, -1) } : undefined),
  },
  {
    name: 'body-empty',
    words: 'leaves its body out',
    because: /the body is not JSON/,
    apply: (answer) => (isJson(answer) ? { ...answer, bytes: Buffer.alloc(0) } : undefined),
  },
]

/** A place in a body; `*` is every entry of an array. */
type Path = readonly string[]

interface Place {
  path: Path
  /** Where the contract describes it; the same for all answers that show such an object. */
  pointer: string
  schema: { readonly [keyword: string]: Json }
  required: boolean
}

const placesBelow = (pointer: string, path: Path = [], depth = 0): Place[] => {
  const here = follow(pointer)
  const schema = at(here)
  if (!isObject(schema) || depth > 8) return []
  if (schema.items !== undefined) return placesBelow(below(here, 'items'), [...path, '*'], depth + 1)
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.keys(isObject(schema.properties) ? schema.properties : {}).flatMap((name) => {
    const member = below(here, 'properties', name)
    const found = at(follow(member))
    const place = {
      path: [...path, name],
      pointer: member,
      schema: isObject(found) ? (found as Place['schema']) : {},
      required: required.includes(name),
    }
    return [place, ...placesBelow(member, place.path, depth + 1)]
  })
}

const memberChanges = (place: Place): Change[] => {
  const { path, pointer, schema, required } = place
  const name = path.join('/')
  const where = `/${path.map((step) => (step === '*' ? '\\d+' : literally(step))).join('/')}`
  const parent =
    path.length === 1
      ? ''
      : `/${path
          .slice(0, -1)
          .map((step) => (step === '*' ? '\\d+' : literally(step)))
          .join('/')}`
  const change = (kind: string, words: string, value: (before: unknown) => unknown, because: string): Change => ({
    name: `${kind}-${name.replaceAll('/', '.')}`,
    place: `${pointer} ${kind}`,
    words: `${words} ${name}`,
    because: new RegExp(because),
    apply: (answer) => inJson(answer, path, value),
  })
  const types = [schema.type ?? (schema.const === undefined ? [] : 'string')].flat().map(String)
  const to = (kind: string, value: unknown, because: string) =>
    change(kind, 'has something else in', () => value, `${where} ${because}`)
  const last = literally(path.at(-1) ?? '')
  return [
    ...(required
      ? [
          change(
            'without',
            'leaves out',
            () => undefined,
            `${parent === '' ? 'body' : parent} must have required property '${last}'`,
          ),
        ]
      : []),
    ...(types.includes('null') || types.length === 0 ? [] : [to('null', null, 'must be')]),
    ...(types.includes('string') ? [to('number', 7, 'must be'), ...stringChanges(schema, to)] : []),
    ...(types.includes('integer')
      ? [
          to('text', '7', 'must be integer'),
          change('fraction', 'has a fraction in', (before) => Number(before ?? 0) + 0.5, `${where} must be integer`),
        ]
      : []),
    ...(typeof schema.minimum === 'number' ? [to('less', schema.minimum - 1, 'must be >=')] : []),
    ...(typeof schema.maximum === 'number' ? [to('more', schema.maximum + 1, 'must be <=')] : []),
    ...(types.includes('boolean') ? [to('text', 'true', 'must be boolean')] : []),
    ...(types.includes('array') ? [to('object', {}, 'must be array'), ...arrayChanges(schema, change, where)] : []),
    ...(types.includes('object') ? [to('array', [], 'must be object')] : []),
  ]
}

const arrayChanges = (
  { minItems, maxItems }: Place['schema'],
  change: (kind: string, words: string, value: (before: unknown) => unknown, because: string) => Change,
  where: string,
): Change[] => [
  ...(typeof minItems === 'number' && minItems > 0
    ? [change('few', 'has too few entries in', () => [], `${where} must NOT have fewer than`)]
    : []),
  ...(typeof maxItems === 'number'
    ? [
        change(
          'many',
          'has too many entries in',
          (before) => repeatedTo(maxItems + 1, Array.isArray(before) ? before : []),
          `${where} must NOT have more than`,
        ),
      ]
    : []),
]

const repeatedTo = (length: number, entries: readonly unknown[]) =>
  Array.from({ length }, (_, index) => entries[index % entries.length] ?? 'one more')

const stringChanges = (
  schema: Place['schema'],
  to: (kind: string, value: unknown, because: string) => Change,
): Change[] => [
  ...(schema.const === undefined ? [] : [to('other', 'another', 'must be equal to constant')]),
  ...(schema.enum === undefined ? [] : [to('other', 'another', 'must be equal to one of the allowed values')]),
  ...(schema.pattern === undefined ? [] : [to('odd', '!', 'must match pattern')]),
  ...(typeof schema.minLength === 'number' && schema.minLength > 0
    ? [to('empty', '', 'must NOT have fewer than')]
    : []),
  ...(typeof schema.maxLength === 'number'
    ? [to('long', 'x'.repeat(schema.maxLength + 1), 'must NOT have more than')]
    : []),
]

/**
 * @param value of what is there, or of nothing: a wrong server may show what the right one leaves out; undefined takes it away
 * @returns undefined when the place is not in this body
 */
const inJson = (answer: WireAnswer, path: Path, value: (before: unknown) => unknown): WireAnswer | undefined => {
  if (!isJson(answer) || answer.bytes.length === 0) return undefined
  let hits = 0
  const visit = (part: unknown, [step, ...rest]: Path): unknown => {
    if (step === undefined) return part
    if (step === '*') {
      if (!Array.isArray(part)) return part
      return (part.length === 0 && rest.length > 0 ? [{}] : part).map((entry) => visit(entry, rest))
    }
    if (!isObject(part)) return part
    if (rest.length > 0) return { ...part, [step]: visit(part[step] ?? (rest[0] === '*' ? [] : {}), rest) }
    hits++
    return { ...part, [step]: value(part[step]) }
  }
  const body = visit(JSON.parse(answer.bytes.toString('utf8')), path)
  return hits === 0 ? undefined : { ...answer, bytes: Buffer.from(JSON.stringify(body)) }
}

const changesOf = (id: OperationId, status: number): Change[] => {
  const response = follow(responsePointer(id, status))
  const types = Object.keys(at(below(response, 'content')) ?? {})
  const body = types.includes('application/json')
    ? [...bodyChanges, ...placesBelow(below(response, 'content', 'application/json', 'schema')).flatMap(memberChanges)]
    : []
  return [...statusChanges(id, status), ...headerChanges(response), ...(status === 204 ? emptyChanges : body)]
}

const isOfStatus = ({ name }: Change) => name.startsWith('status-')

const mutantOf = (id: OperationId, status: number, change: Change): ContractMutant => ({
  id: `contract/${id}/${status}/${change.name}`,
  operationId: id,
  status,
  proof: change.place ?? `${isOfStatus(change) ? status : follow(responsePointer(id, status))} ${change.name}`,
  fault: `${change.words}${change.words.startsWith('answers') ? '' : ` (${status})`} on ${id}`,
  because: change.because,
  make: () => {
    let count = 0
    return {
      applied: () => count,
      fault: async (asked, ask) => {
        const answer = await ask(asked)
        const isIt = asked.operationId === id && asked.method !== 'HEAD' && answer.status === status
        const changed = isIt ? change.apply(answer) : undefined
        if (changed !== undefined) count++
        return changed ?? answer
      },
    }
  },
})

export const contractMutants: readonly ContractMutant[] = operationIds.flatMap((id) =>
  operations[id].statuses
    .filter((status) => !(status in unprovable))
    .flatMap((status) => changesOf(id, status).map((change) => mutantOf(id, status, change))),
)

/**
 * Two operations for each documented answer and change, and two for each member of a schema, wherever it is shown: the suite
 * compiles a schema once for all answers that have it. So their number grows with what the contract says, and not with operations.
 */
export const representativeContractMutants: readonly ContractMutant[] = firstAndLast(
  contractMutants,
  ({ proof }) => proof,
)
