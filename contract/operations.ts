import {
  bodyPartsOf,
  capabilitiesOf,
  type Document,
  endpointsOf,
  jsonBodyOf,
  maxBytesOf,
  type Place,
  resolve,
  takesKey,
} from './document.ts'

/** The API on one page: a row for each operation, for routers, guards and suites that need no more than that. */
export function operations(document: Document): string {
  const rows = endpointsOf(document).map(({ method, path, operation }) => {
    const parameters: Record<Place, Record<string, unknown>> = { path: {}, query: {}, header: {} }
    for (const parameter of operation.parameters ?? []) {
      const { in: place, name, schema } = resolve(document, parameter)
      parameters[place][name] = resolve(document, schema).type
    }
    return {
      operationId: operation.operationId,
      method,
      path,
      tag: operation.tags[0],
      capabilities: capabilitiesOf(operation),
      idempotencyKey: takesKey(document, operation),
      live: operation['x-live-client'] === true,
      liveUnless: operation['x-live-unless'] ?? null,
      limits: operation['x-limits'] ?? [],
      hasBody: jsonBodyOf(operation) !== undefined,
      bodyRequired: operation.requestBody?.required === true,
      bodyTypes: Object.keys(operation.requestBody?.content ?? {}),
      bodyParts: bodyPartsOf(document, operation),
      maxBodyBytes: maxBytesOf(operation),
      statuses: Object.keys(operation.responses).map(Number),
      parameters,
    }
  })
  return `
    import type { Capability } from './enums.ts'

    /** One operation of the contract. */
    export interface OperationRow {
      operationId: string
      method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
      /** Behind the base path; parameters as \`{name}\`. */
      path: string
      tag: string
      /** The caller's token must carry one of these, else 403. */
      capabilities: readonly Capability[]
      /** It takes an \`Idempotency-Key\`: a call that is sent again under one takes effect once. */
      idempotencyKey: boolean
      /** It needs a connected WhatsApp client, else 501. */
      live: boolean
      /** A boolean parameter of the query: a call with \`true\` there needs no client. */
      liveUnless: string | null
      /** The limits that its calls count against: each a \`details.reason\` of its 429, besides \`wrong_tokens\`. */
      limits: readonly string[]
      /** It reads a JSON body. */
      hasBody: boolean
      bodyRequired: boolean
      /** Media types of the body that it reads, JSON or other; ranges such as \`image/*\` too. With none a body is ignored. */
      bodyTypes: readonly string[]
      /** The parts of a \`multipart/form-data\` body: text in a field, bytes in a file. Empty for any other body. */
      bodyParts: Readonly<Record<string, { kind: 'field' | 'file'; required: boolean }>>
      /** 413 for more; 0 where it reads no body. */
      maxBodyBytes: number
      /** Every status that it answers, ascending. */
      statuses: readonly number[]
      /** Name and type of each parameter; on the wire all of them are text, a list with commas between its entries. */
      parameters: Record<'path' | 'query' | 'header', Readonly<Record<string, 'string' | 'integer' | 'boolean' | 'array'>>>
    }

    export const contractVersion = ${JSON.stringify(document.info.version)}

    /** The prefix of every path. */
    export const basePath = ${JSON.stringify(document.servers[0]?.url)}

    export const operations = {
      ${rows.map((row) => `${row.operationId}: ${JSON.stringify(row)}`).join(',\n')}
    } as const satisfies Record<string, OperationRow>

    export type OperationId = keyof typeof operations

    /** What the gateway tells others of, by name. */
    export const eventNames = ${JSON.stringify(Object.keys(document.webhooks ?? {}))} as const
  `
}
