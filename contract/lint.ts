/**
 * The contract's own law, as a plugin of Redocly: what an operation must document so that a mock can serve it, a suite can
 * demand it and a client can rely on it. Every rule has a document that it refuses in `test/contract/lint.test.ts`.
 */

import { statusOf } from '../server/model/errors.ts'
import type { Document, Header, Operation, Parameter, Reference, Response } from './document.ts'
import type { Context, Place, Rule, Visitor } from './lint-context.ts'
import { schemaRules } from './lint-schemas.ts'

/** A rule that looks at every operation; a webhook is none, because others answer it. */
const ofOperations =
  (visit: Visitor<Operation>): Rule =>
  () => ({ Paths: { Operation: visit } })

/** A rule that looks at every documented answer of every operation, references followed. */
const ofResponses = (
  visit: (status: string, response: Response, context: Context, place: Place, operation: Operation) => void,
) =>
  ofOperations((operation, context) => {
    for (const [status, given] of Object.entries(operation.responses)) {
      const place = context.location.child(['responses', status])
      const { node, location = place } = context.resolve(given)
      if (node !== undefined) visit(status, node, context, '$ref' in given ? location : place, operation)
    }
  })

/** Demands that `statuses` are documented exactly when `wanted`. */
const documents = (operation: Operation, context: Context, statuses: number[], wanted: boolean, why: string) => {
  for (const status of statuses) {
    if (status in operation.responses === wanted) continue
    const message = `${operation.operationId} ${wanted ? 'must' : 'must not'} document ${status}: ${why}`
    context.report({ message, location: context.location.child('responses').key() })
  }
}

const always = [400, 401, 403, 422, 429, 500, 503]

const documentsErrors = ofOperations((operation, context) =>
  documents(operation, context, always, true, 'any request can be answered so'),
)

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** A rule about operations and their paths: undefined where all is well, else what is wrong. */
const ofPaths = (judge: (operation: Operation, path: string) => string | undefined): Rule => {
  // Operations are references, so the path is known one level above them.
  const visit = (item: Record<string, Operation | Reference>, context: Context & { key: string }) => {
    for (const method of methods) {
      const given = item[method]
      if (given === undefined) continue
      const { node: operation } = context.resolve(given)
      const problem = operation && judge(operation, context.key)
      if (operation === undefined || problem === undefined) continue
      context.report({ message: `${operation.operationId} ${problem}`, location: context.location.child(method) })
    }
  }
  return () => ({ Paths: { PathItem: visit } })
}

const sessionMeans404 = ofPaths((operation, path) =>
  path.includes('{session}') && !('404' in operation.responses)
    ? 'must document 404: the session in its path may not exist'
    : undefined,
)

const liveNamesASession = ofPaths((operation, path) =>
  operation['x-live-client'] === true && !path.includes('{session}')
    ? 'must have {session} in its path: it needs the client of one'
    : undefined,
)

const bodyMeans413And415 = ofOperations((operation, context) => {
  const hasBody = operation.requestBody !== undefined
  documents(operation, context, [413, 415], hasBody, hasBody ? 'it reads a body' : 'it reads no body')
})

const liveMeans501 = ofOperations((operation, context) => {
  const live = operation['x-live-client'] === true
  documents(operation, context, [501], live, live ? 'it is live' : 'it is not live (x-live-client)')
})

const liveUnlessIsAFlag = ofOperations((operation, { report, location, resolve }) => {
  const name = operation['x-live-unless']
  if (name === undefined) return
  const isFlag = (operation.parameters ?? []).some((given) => {
    const { node } = resolve<Parameter>(given)
    return node?.name === name && node.in === 'query' && node.schema.type === 'boolean'
  })
  if (!isFlag || operation['x-live-client'] !== true)
    report({
      message: `${operation.operationId} must be live, and have a boolean ${name} in its query`,
      location: location.child('x-live-unless'),
    })
})

const limitsMean429 = ofResponses((status, { content = {} }, { report }, place, operation) => {
  if (status !== '429') return
  const limits = ['wrong_tokens', ...(operation['x-limits'] ?? [])]
  const shown = Object.values(content['application/json']?.examples ?? {}).map(
    ({ value }) => (value as { error?: { details?: { reason?: string } } }).error?.details?.reason ?? 'wrong_tokens',
  )
  if ([...new Set(shown)].sort().join() !== limits.sort().join())
    report({
      message: `${operation.operationId} must show ${limits.join(' and ')} (x-limits) in its examples of 429, not ${shown.join(' and ')}`,
      location: place,
    })
})

const bodyIsOfOneKind = ofOperations(({ operationId, requestBody }, { report, location }) => {
  const types = Object.keys(requestBody?.content ?? {})
  const alone = types.filter((type) => type === 'application/json' || type === 'multipart/form-data')
  if (alone.length > 0 && types.length > 1)
    report({
      message: `${operationId} must take JSON, or parts, or bytes of any types: one reader has it`,
      location: location.child(['requestBody', 'content']),
    })
})

const bodySaysItsSize = ofOperations(({ operationId, requestBody }, { report, location }) => {
  if (requestBody === undefined || 'application/json' in requestBody.content) return
  const most = requestBody['x-max-bytes']
  if (most === undefined || !Number.isSafeInteger(most) || most < 1)
    report({
      message: `${operationId} must say how large its body may be (x-max-bytes)`,
      location: location.child('requestBody'),
    })
})

// 405 comes before any operation.
const knownStatuses = new Set(
  '200 201 202 204 206 304 400 401 403 404 409 410 413 415 416 422 429 500 501 503'.split(' '),
)

/** What is read by range has an ETag: a caller may say which version it has. */
const rangeMeans416 = ofOperations((operation, context) => {
  const ranges = '206' in operation.responses
  documents(operation, context, [304, 416], ranges, ranges ? 'it answers a range (206)' : 'it answers no range (206)')
})

const statusIsKnown = ofResponses((status, _response, { report }, place) => {
  if (!knownStatuses.has(status))
    report({ message: `${status} is not a status of this contract`, location: place.key() })
})

const withoutContent = ['204', '304']

const noContentIn204 = ofResponses((status, { content }, { report }, place) => {
  if (withoutContent.includes(status) && content !== undefined)
    report({ message: `${status} has no content`, location: place })
})

const namedExample = ofResponses((status, { content = {} }, { report }, place) => {
  // What is no JSON at all can't be shown as one: files, streams.
  if (
    withoutContent.includes(status) ||
    (status < '300' && Object.keys(content).length > 0 && !('application/json' in content))
  )
    return
  const json = content['application/json']
  if (Object.keys(json?.examples ?? {}).length === 0)
    report({ message: `${status} must have JSON with a named example`, location: place })
})

const codesOf = (status: string) =>
  Object.entries(statusOf)
    .filter(([code, usual]) => String(usual) === status || (status === '400' && code === 'validation_error'))
    .map(([code]) => code)

const codeFitsStatus = ofResponses((status, { content = {} }, { report }, place) => {
  if (Number(status) < 400) return
  for (const [name, { value }] of Object.entries(content['application/json']?.examples ?? {})) {
    const code = (value as { error?: { code?: string } }).error?.code ?? 'no code'
    if (!codesOf(status).includes(code))
      report({ message: `${code} in example ${name} does not fit ${status}`, location: place })
  }
})

const requiredHeaders: Record<string, string[]> = {
  '206': ['Content-Range', 'ETag', 'Accept-Ranges'],
  '304': ['ETag'],
  '401': ['WWW-Authenticate'],
  '416': ['Content-Range'],
  '429': ['Retry-After'],
  '503': ['Retry-After'],
}

/** Demands that an answer always carries a header. */
const requiresHeader = (name: string, { headers = {} }: Response, context: Context, place: Place, what: string) => {
  const { node } = context.resolve<Header>(headers[name] ?? { schema: {} }, place.source.absoluteRef)
  if (node?.required !== true) context.report({ message: `${what} requires the header ${name}`, location: place })
}

const headerOfStatus = ofResponses((status, response, context, place, operation) => {
  const isWhole = status === '200' && '206' in operation.responses
  for (const name of isWhole ? ['ETag', 'Accept-Ranges'] : (requiredHeaders[status] ?? []))
    requiresHeader(name, response, context, place, status)
})

const requestIdOnEveryAnswer = ofResponses((_status, response, context, place) =>
  requiresHeader('X-Request-Id', response, context, place, 'every answer'),
)

const keyMeansReplays = ofOperations(({ operationId, parameters = [], responses }, context) => {
  const { location, report, resolve } = context
  const takesKey = parameters.some((given) => resolve(given).node?.name === 'Idempotency-Key')
  for (const [status, given] of Object.entries(responses)) {
    const documented = resolve(given).node?.headers?.['Idempotency-Replayed'] !== undefined
    if (documented === (takesKey && status < '300')) continue
    const wanted = documented ? 'must not' : 'must'
    const why = takesKey ? 'a retry gets a success again' : 'it takes no Idempotency-Key'
    report({
      message: `${operationId} ${wanted} document Idempotency-Replayed with ${status}: ${why}`,
      location: location.child(['responses', status]),
    })
  }
})

/** Bytes and parts are read by the handler: when the key is looked up, nobody has seen whether they are the same. */
const keyComparesJson = ofOperations(({ operationId, parameters = [], requestBody }, { report, location, resolve }) => {
  const takesKey = parameters.some((given) => resolve(given).node?.name === 'Idempotency-Key')
  const other = Object.keys(requestBody?.content ?? {}).find((type) => type !== 'application/json')
  if (takesKey && other !== undefined)
    report({
      message: `${operationId} must not take an Idempotency-Key with a body of ${other}: only JSON bodies are compared`,
      location: location.child(['requestBody', 'content', other]),
    })
})

const operationIdPattern = ofOperations(({ operationId }, { report, location }) => {
  if (!/^[a-z]+([A-Z][A-Za-z]*)?$/.test(operationId))
    report({
      message: `${operationId} must be words in camelCase`,
      location: location.child('operationId'),
    })
})

const capabilityInSecurity: Rule = () => {
  let capabilities: string[] = []
  return {
    Root({ 'x-capabilities': names = [] }: Partial<Document>) {
      capabilities = names
    },
    Paths: {
      Operation: (operation: Operation, context: Context) => namesCapability(operation, context, capabilities),
    },
  }
}

const namesCapability = (
  { operationId, security = [] }: Operation,
  { report, location }: Context,
  capabilities: string[],
) => {
  const ways = security.flatMap((requirement) => Object.entries(requirement))
  // Several at once would all be needed; any one of several is said by alternatives.
  const known = ways.every(([, names]) => names.length === 1 && names.every((name) => capabilities.includes(name)))
  const offered = (scheme: string) => ways.flatMap(([way, names]) => (way === scheme ? names : [])).sort()
  const alike = new Set(ways.map(([scheme]) => offered(scheme).join()))
  if (ways.length === 0 || !known || alike.size !== 1)
    report({
      message: `${operationId} must name one capability (${capabilities.join(', ')}) in each alternative, the same ones for each way to authenticate`,
      location: location.child('security'),
    })
}

const webhookTellsAnEvent: Rule = () => ({
  WebhooksMap(webhooks: Record<string, Record<string, Operation | Reference>>, { report, location, resolve }: Context) {
    for (const [event, methods] of Object.entries(webhooks)) {
      const { node: webhook } = resolve<Operation>(methods.post ?? { $ref: '' })
      const id = `on${event.replaceAll(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase())}`
      const body = webhook?.requestBody?.content['application/json']
      const isWhole = webhook?.operationId === id && Object.keys(body?.examples ?? {}).length > 0
      if (!isWhole || !/^[a-z]+(\.[a-z_]+)*$/.test(event))
        report({
          message: `${event} must be a POST named ${id} with JSON and a named example`,
          location: location.child(event),
        })
    }
  },
})

export const rules = {
  'documents-errors': documentsErrors,
  'session-means-404': sessionMeans404,
  'body-means-413-and-415': bodyMeans413And415,
  'live-means-501': liveMeans501,
  'live-names-a-session': liveNamesASession,
  'live-unless-is-a-flag': liveUnlessIsAFlag,
  'limits-mean-429': limitsMean429,
  'body-is-of-one-kind': bodyIsOfOneKind,
  'body-says-its-size': bodySaysItsSize,
  'range-means-416': rangeMeans416,
  'status-is-known': statusIsKnown,
  'no-content-in-204': noContentIn204,
  'named-example': namedExample,
  'code-fits-status': codeFitsStatus,
  'header-of-status': headerOfStatus,
  'request-id-on-every-answer': requestIdOnEveryAnswer,
  'key-means-replays': keyMeansReplays,
  'key-compares-json': keyComparesJson,
  'operation-id-pattern': operationIdPattern,
  'capability-in-security': capabilityInSecurity,
  'webhook-tells-an-event': webhookTellsAnEvent,
  ...schemaRules,
}

export default () => ({ id: 'contract', rules: { oas3: rules } })
