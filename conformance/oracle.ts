/** Judges requests and answers by the bundled contract, and by nothing else. */
import { isUtf8 } from 'node:buffer'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Call, Problem } from './case.ts'
import {
  at,
  below,
  bundle,
  follow,
  type OperationId,
  operationPointer,
  operations,
  responsePointer,
} from './contract.ts'
import type { Answer, WireAnswer } from './transport.ts'

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: true })
addFormats.default(ajv)
ajv.addSchema({ ...bundle, $id: 'contract' })

const compiled = new Map<string, ValidateFunction>()

/** The validator of the schema at a pointer of the bundle. */
const validatorAt = (pointer: string): ValidateFunction => {
  const known = compiled.get(pointer)
  if (known !== undefined) return known
  const fragment = pointer.split('/').map(encodeURIComponent).join('/')
  const validator = ajv.compile({ $ref: `contract#${fragment}` })
  compiled.set(pointer, validator)
  return validator
}

export interface Judgement {
  problems: Problem[]
  /** Worth knowing, no fault: undocumented members. */
  info: string[]
}

/** Reads the body as JSON where the answer says that it is. */
export const readAnswer = (answer: WireAnswer): Answer => {
  const text = answer.bytes.toString('utf8')
  return { ...answer, text, body: mediaType(answer) === 'application/json' ? parse(text) : undefined }
}

/** Is this status documented, this content type right, these headers there, this body valid, this 204 empty? */
export const judgeAnswer = (id: OperationId, method: string, answer: Answer): Judgement => {
  const { status } = answer
  if (!operations[id].statuses.includes(status)) {
    const message = `${id} does not document ${status}, only ${operations[id].statuses.join(', ')}`
    return { problems: [{ check: 'documented', message }], info: [] }
  }
  const pointer = follow(responsePointer(id, status))
  const headers = judgeHeaders(pointer, answer)
  const body = method === 'HEAD' ? judgeEmpty(answer, 'HEAD') : judgeBody(pointer, answer)
  return { problems: [...headers, ...body.problems], info: body.info }
}

/** The envelope of an error that is not of one operation, such as 405. */
export const judgeEnvelope = (answer: Answer): Judgement => {
  const { body } = answer
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
export const judgeCall = ({ operationId, path = {}, query = {}, body, raw }: Call): string[] => {
  const row = operations[operationId]
  const faults: string[] = []
  const parameters = [...Object.entries(row.parameters.path), ...Object.entries(row.parameters.query)].map(
    ([name]) => name,
  )
  for (const name of [...Object.keys(path), ...Object.keys(query)])
    if (!parameters.includes(name)) faults.push(`${name} is no parameter of ${operationId}`)
  for (const [name, pointer] of parameterPointers(operationId)) {
    const value = path[name] ?? query[name]
    if (value === undefined) {
      if (name in row.parameters.path) faults.push(`${name} is missing`)
      continue
    }
    const validate = validatorAt(below(pointer, 'schema'))
    if (!validate(value)) faults.push(`${name} ${inWords(validate.errors)}`)
  }
  const sent = raw === undefined ? body : parse(raw.bytes.toString('utf8'))
  if (sent === undefined) return row.bodyRequired ? [...faults, 'the body is missing'] : faults
  if (!row.hasBody) return [...faults, `${operationId} takes no body`]
  const validate = validatorAt(
    below(operationPointer(operationId), 'requestBody', 'content', 'application/json', 'schema'),
  )
  return validate(sent) ? faults : [...faults, `the body ${inWords(validate.errors)}`]
}

const parameterPointers = (id: OperationId): [string, string][] => {
  const list = below(operationPointer(id), 'parameters')
  const count = (at(list) as unknown[] | undefined)?.length ?? 0
  return Array.from({ length: count }, (_, index) => {
    const pointer = follow(below(list, String(index)))
    return [String(at(below(pointer, 'name'))), pointer]
  })
}

const judgeHeaders = (response: string, { headers }: WireAnswer): Problem[] =>
  Object.keys(at(below(response, 'headers')) ?? {}).flatMap((name) => {
    const pointer = follow(below(response, 'headers', name))
    const value = headers[name.toLowerCase()]
    if (value === undefined)
      return at(below(pointer, 'required')) === true ? [{ check: 'header', message: `${name} is missing` }] : []
    const validate = validatorAt(below(pointer, 'schema'))
    if (validate(value) || validate(/^\d+$/.test(value) ? Number(value) : value)) return []
    return [{ check: 'header', message: `${name} ${inWords(validate.errors)}` }]
  })

const judgeBody = (response: string, answer: Answer): Judgement => {
  const documented = Object.keys(at(below(response, 'content')) ?? {})
  if (documented.length === 0) return judgeEmpty(answer, String(answer.status))
  const type = mediaType(answer)
  if (!documented.includes(type)) {
    const message = `Content-Type is ${type === '' ? 'absent' : type}, not ${documented.join(' or ')}`
    return { problems: [{ check: 'content-type', message }], info: [] }
  }
  if (type !== 'application/json') return { problems: [], info: [] }
  if (!isUtf8(answer.bytes)) return { problems: [{ check: 'schema', message: 'the body is not UTF-8' }], info: [] }
  if (answer.body === undefined) return { problems: [{ check: 'schema', message: 'the body is not JSON' }], info: [] }
  const validate = validatorAt(below(response, 'content', type, 'schema'))
  if (validate(answer.body)) return { problems: [], info: [] }
  const errors = validate.errors ?? []
  // Servers may answer more than is documented, and clients must bear it.
  const unknown = errors.filter(isUnknownMember)
  return {
    problems: alike(errors.filter((error) => !isUnknownMember(error))).map(([error, count]) => ({
      check: 'schema',
      message: `the body ${inWords([error])}${count === 1 ? '' : ` (and ${count - 1} more entries)`}`,
    })),
    info: unknown.map(({ instancePath, params }) => `undocumented member ${instancePath}/${params.additionalProperty}`),
  }
}

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
  // No client reads a body behind 204, so that what follows would be taken for the next answer.
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
    .map(({ instancePath, message }) => `${instancePath === '' ? '' : `${instancePath} `}${message}`)
    .join(', ')
