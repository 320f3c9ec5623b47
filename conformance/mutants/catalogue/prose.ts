/** Servers whose answers have the documented shape and break what is promised of it in prose: one break, on two operations. */
import { below, type OperationId } from '../../contract.ts'
import { objectsIn } from '../../objects.ts'
import { follow, operationIds, operations, parley, responsePointer } from '../../parley.ts'
import type { Subject } from '../../prose.ts'
import type { ContractMutant } from '../contract.ts'
import { answers, edited, isObject, on } from '../fault.ts'
import { firstAndLast } from '../representatives.ts'
import type { Break, Entry } from './prose-break.ts'
import { ofMessages } from './prose-messages.ts'
import { ofChats, ofLists, ofSessions } from './prose-objects.ts'

/** The value at a JSON pointer, changed. */
const changedAt = (value: unknown, [step, ...rest]: readonly string[], change: (part: Entry) => unknown): unknown => {
  if (step === undefined) return change(value as Entry)
  if (Array.isArray(value))
    return value.map((part, index) => (String(index) === step ? changedAt(part, rest, change) : part))
  return isObject(value) ? { ...value, [step]: changedAt(value[step], rest, change) } : value
}

/** @param status of the answers that it is about @param schema of their body */
const mutantOf = (
  one: Omit<Break, 'of'>,
  id: OperationId,
  status: number,
  spoil: (body: unknown) => unknown,
): ContractMutant => ({
  id: `prose/${one.name}/${id}`,
  operationId: id,
  status,
  proof: `prose ${one.name}`,
  fault: `${one.fault} (${id})`,
  because: typeof one.because === 'string' ? new RegExp(literally(one.because)) : one.because,
  make: () => {
    let count = 0
    const fault = on(
      id,
      answers((answer, { method }) => {
        if (answer.status !== status || method === 'HEAD') return answer
        const changed = edited<unknown>(answer, spoil)
        if (!changed.bytes.equals(answer.bytes)) count++
        return changed
      }),
    )
    return { fault, applied: () => count }
  },
})

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Operations whose success shows such an object: looked for in the documented examples. */
const showing = (of: Subject): { id: OperationId; status: number; schema: string }[] =>
  operationIds.flatMap((id) => {
    const status = operations[id].statuses.find((one) => one < 300) ?? 200
    const content = below(follow(responsePointer(id, status)), 'content', 'application/json')
    const schema = below(content, 'schema')
    const examples = parley.at(below(content, 'examples'))
    const isShown = Object.values(isObject(examples) ? examples : {}).some((example) =>
      objectsIn(parley, schema, isObject(example) ? example.value : undefined).some(({ name }) => name === of),
    )
    return isShown ? [{ id, status, schema }] : []
  })

/** Each breaks one promise of `prose.ts`. */
export const breaks: readonly Break[] = [...ofMessages, ...ofChats, ...ofSessions, ...ofLists]

const ofObjects = breaks.flatMap((one) =>
  showing(one.of)
    .filter(({ id }) => one.named !== true || 'session' in operations[id].parameters.path)
    .map(({ id, status, schema }) =>
      mutantOf(one, id, status, (body) => {
        const found = objectsIn(parley, schema, body).find(({ name }) => name === one.of)
        return found === undefined ? body : changedAt(body, found.where.split('/').slice(1), one.spoil)
      }),
    ),
)

const ofErrors = ([400, 422] as const).flatMap((status) =>
  operationIds.map((id) =>
    mutantOf(
      {
        name: `errors-empty-${status}`,
        fault: 'does not say what is wrong with a request',
        because: '/error/details/errors must NOT have fewer than 1 items',
        spoil: (errors) => errors,
      },
      id,
      status,
      (body) => changedAt(body, ['error', 'details', 'errors'], () => []),
    ),
  ),
)

export const proseMutants: readonly ContractMutant[] = [...ofObjects, ...ofErrors]

/** Two operations for each break. */
export const representativeProseMutants = firstAndLast(proseMutants, ({ proof }) => proof)

/** One for each: what the rules look at is the object, whichever operation shows it. */
export const fewestProseMutants = [...new Map(representativeProseMutants.map((one) => [one.proof, one])).values()]
