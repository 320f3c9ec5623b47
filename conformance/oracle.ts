/** Judges requests and answers by a contract, and by nothing else. */
import { isUtf8 } from 'node:buffer'
import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Call, Problem } from './case.ts'
import { below, type Contract, type OperationId } from './contract.ts'
import { type Found, objectsIn } from './objects.ts'
import { prose } from './prose.ts'
import type { Answer, WireAnswer } from './transport.ts'

export interface Judgement {
  problems: Problem[]
  /** Worth knowing, no fault: undocumented members. */
  info: string[]
}

const undocumented = 'undocumented member'

/** Whether a line of `info` tells of a member that the contract does not have. */
export const isUndocumented = (info: string) => info.startsWith(undocumented)

/** Reads the body as JSON where the answer says that it is. */
export const readAnswer = (answer: WireAnswer): Answer => {
  const text = answer.bytes.toString('utf8')
  return { ...answer, text, body: mediaType(answer) === 'application/json' ? parse(text) : undefined }
}

/**
 * Is this status documented, this content type right, these headers there, this body valid, this 204 empty? And does the body keep
 * what the contract promises in prose?
 * @param asked what was answered; without it, what an answer repeats of its request is not looked at
 */
export const judgeAnswer = (
  contract: Contract,
  id: OperationId,
  method: string,
  answer: Answer,
  asked?: Call,
): Judgement => {
  const { status } = answer
  const { statuses } = contract.operations[id]
  if (!statuses.includes(status)) {
    const message = `${id} does not document ${status}, only ${statuses.join(', ')}`
    return { problems: [{ check: 'documented', message }], info: [] }
  }
  const pointer = contract.follow(contract.responsePointer(id, status))
  const headers = judgeHeaders(contract, pointer, answer)
  const body = method === 'HEAD' ? judgeEmpty(answer, 'HEAD') : judgeBody(contract, pointer, answer, asked)
  return { problems: [...headers, ...body.problems], info: body.info }
}

/** The envelope of an error that is not of one operation, such as 405. */
export const judgeEnvelope = (answer: Answer): Judgement => {
  const { body } = answer
  const type = mediaType(answer)
  if (type !== 'application/json') {
    const message = `Content-Type is ${type === '' ? 'absent' : type}, not application/json`
    return { problems: [{ check: 'content-type', message }], info: [] }
  }
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  const holds =
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  return { problems: holds ? [] : [{ check: 'schema', message: 'the body is not the error envelope' }], info: [] }
}

/** What is wrong with a request of the suite; empty when the contract allows it. */
export const judgeCall = (contract: Contract, call: Call): string[] => {
  const { operationId, body, raw } = call
  const row = contract.operations[operationId]
  const faults = judgeParameters(contract, call)
  // The engine knows what JSON must look like; bytes of another type are as the case made them.
  const isJson = raw === undefined || raw.contentType?.startsWith('application/json')
  if (!isJson) return row.bodyTypes.length > 0 ? faults : [...faults, `${operationId} takes no body`]
  const sent = raw === undefined ? body : parse(raw.bytes.toString('utf8'))
  if (sent === undefined) return row.bodyRequired ? [...faults, 'the body is missing'] : faults
  if (!row.hasBody) return [...faults, `${operationId} takes no body`]
  const validate = contract.validatorAt(
    below(contract.operationPointer(operationId), 'requestBody', 'content', 'application/json', 'schema'),
  )
  return validate(sent) ? faults : [...faults, `the body ${inWords(validate.errors)}`]
}

const judgeParameters = (contract: Contract, call: Call): string[] => {
  const { operationId, path = {}, query = {}, headers = {} } = call
  const { parameters } = contract.operations[operationId]
  const unknown = [...Object.keys(path), ...Object.keys(query)]
    .filter((name) => !(name in parameters.path) && !(name in parameters.query))
    .map((name) => `${name} is no parameter of ${operationId}`)
  const wrong = contract.parameterPointers(operationId).flatMap((pointer) => {
    const name = String(contract.at(below(pointer, 'name')))
    const value = path[name] ?? query[name] ?? headers[name]
    if (value === undefined) return name in parameters.path ? [`${name} is missing`] : []
    const validate = contract.validatorAt(below(pointer, 'schema'))
    return validate(value) ? [] : [`${name} ${inWords(validate.errors)}`]
  })
  return [...unknown, ...wrong]
}

const judgeHeaders = (contract: Contract, response: string, { headers }: WireAnswer): Problem[] =>
  Object.keys(contract.at(below(response, 'headers')) ?? {}).flatMap((name) => {
    const pointer = contract.follow(below(response, 'headers', name))
    const value = headers[name.toLowerCase()]
    if (value === undefined)
      return contract.at(below(pointer, 'required')) === true
        ? [{ check: 'header', message: `${name} is missing` }]
        : []
    const validate = contract.validatorAt(below(pointer, 'schema'))
    if (validate(value) || validate(/^\d+$/.test(value) ? Number(value) : value)) return []
    return [{ check: 'header', message: `${name} ${inWords(validate.errors)}` }]
  })

const judgeBody = (contract: Contract, response: string, answer: Answer, asked: Call | undefined): Judgement => {
  const documented = Object.keys(contract.at(below(response, 'content')) ?? {})
  if (documented.length === 0) return judgeEmpty(answer, String(answer.status))
  const type = mediaType(answer)
  if (!documented.some((one) => isOfType(type, one))) {
    const message = `Content-Type is ${type === '' ? 'absent' : type}, not ${documented.join(' or ')}`
    return { problems: [{ check: 'content-type', message }], info: [] }
  }
  // A file may be JSON, too: the contract says nothing of what is in it.
  if (type !== 'application/json' || !documented.includes(type)) return { problems: [], info: [] }
  if (!isUtf8(answer.bytes)) return { problems: [{ check: 'schema', message: 'the body is not UTF-8' }], info: [] }
  if (answer.body === undefined) return { problems: [{ check: 'schema', message: 'the body is not JSON' }], info: [] }
  return judgeValue(contract, below(response, 'content', type, 'schema'), answer.body, asked)
}

/** Does a value keep the schema at a pointer, and what the contract promises in prose? @param asked as in `judgeAnswer` */
const judgeValue = (contract: Contract, schema: string, value: unknown, asked?: Call): Judgement => {
  const validate = contract.validatorAt(schema)
  const errors = validate(value) ? [] : (validate.errors ?? [])
  // Servers may answer more than is documented, and clients must tolerate it.
  const unknown = errors.filter(isUnknownMember)
  const broken = alike(errors.filter((error) => !isUnknownMember(error))).map(([error, count]) => ({
    check: 'schema',
    message: `the body ${inWords([error])}${count === 1 ? '' : ` (and ${count - 1} more entries)`}`,
  }))
  const objects = broken.length > 0 ? [] : objectsIn(contract, schema, value)
  return {
    // Only what has the documented shape can keep what is promised of its members.
    problems: [...broken, ...judgeProse(objects, asked), ...judgePayloads(contract, objects)],
    info: unknown.map(({ instancePath, params }) => `${undocumented} ${instancePath}/${params.additionalProperty}`),
  }
}

/** Is it an event that the document names, and does it have what the document says of that event? */
export const judgeEvent = (contract: Contract, value: unknown): Judgement => {
  const name = typeof value === 'object' && value !== null && 'event' in value ? String(value.event) : 'nothing'
  const schema = below('/webhooks', name, 'post', 'requestBody', 'content', 'application/json', 'schema')
  if (contract.at(schema) === undefined)
    return { problems: [{ check: 'event', message: `the document has no event ${name}` }], info: [] }
  return judgeValue(contract, schema, value)
}

/** Events of the log have the payload that their name promises. */
const judgePayloads = (contract: Contract, objects: readonly Found[]): Problem[] =>
  objects
    .filter(({ name }) => name === 'Event')
    .flatMap(({ value, where }) =>
      judgeEvent(contract, value).problems.map(({ check, message }) => ({ check, message: `${where}: ${message}` })),
    )
    .slice(0, 1)

const judgeProse = (objects: readonly Found[], asked: Call | undefined): Problem[] =>
  prose.flatMap(({ of, broken }) => {
    const subjects = objects.filter(({ name }) => name === of)
    const faults = subjects.flatMap(({ value, where }) => {
      const fault = broken(value as never, asked)
      return fault === undefined ? [] : [`${where === '' ? '' : `${where}: `}${fault}`]
    })
    const more = faults.length > 1 ? ` (and ${faults.length - 1} more entries)` : ''
    return faults.slice(0, 1).map((fault) => ({ check: 'prose', message: `${fault}${more}` }))
  })

/** @param documented a media type, or a range of them such as `image/*` */
const isOfType = (type: string, documented: string) =>
  type === documented ||
  (documented === '*/*' && type !== '') ||
  (documented.endsWith('/*') && type.startsWith(documented.slice(0, -1)))

/** The same fault in every entry of a list is one fault: the first of them, and how many there are. */
const alike = (errors: readonly ErrorObject[]): [ErrorObject, number][] => {
  const groups = new Map<string, [ErrorObject, number]>()
  for (const error of errors) {
    const key = `${error.instancePath.replaceAll(/\/\d+(?=\/|$)/g, '/*')} ${error.message}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [error, 1])
    else group[1]++
  }
  return [...groups.values()]
}

const isUnknownMember = ({ keyword }: ErrorObject) =>
  keyword === 'additionalProperties' || keyword === 'unevaluatedProperties'

const judgeEmpty = ({ bytes, headers, status }: WireAnswer, what: string): Judgement => {
  if (bytes.length > 0)
    return { problems: [{ check: 'body', message: `${what} has a body of ${bytes.length} bytes` }], info: [] }
  // No client reads a body after 204, so that what follows would be taken for the next answer.
  const announced = status === 204 ? (headers['transfer-encoding'] ?? headers['content-length'] ?? '0') : '0'
  return announced === '0'
    ? { problems: [], info: [] }
    : { problems: [{ check: 'body', message: `${what} announces a body (${announced})` }], info: [] }
}

/** Without parameters, lower case; empty when absent. */
export const mediaType = ({ headers }: WireAnswer): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const inWords = (errors: ErrorObject[] | null | undefined): string =>
  (errors ?? [])
    .map(({ instancePath, message, params }) => {
      const { allowedValue, allowedValues } = params as { allowedValue?: unknown; allowedValues?: unknown[] }
      const allowed = allowedValues ?? (allowedValue === undefined ? [] : [allowedValue])
      const values = allowed.length === 0 ? '' : ` (${allowed.map(String).join(', ')})`
      return `${instancePath === '' ? '' : `${instancePath} `}${message}${values}`
    })
    .join(', ')
