/** Idempotency keys, as the gateway takes them: in memory, until the mock ends. */
import type { IncomingMessage } from 'node:http'
import { type Document, type Endpoint, type Parameter, resolve } from '../../contract/document.ts'
import { createIdempotent, type KeyedCall } from '../../server/http/steps/idempotent.ts'
import { type KeptAnswer, type KeyOfCall, mostKept } from '../../server/ports/store/idempotency.ts'
import type { MockAnswer } from './mock-answer.ts'
import type { Sent } from './read.ts'

/** @returns answers a call: under a key that was used before, as it was answered then. It throws GatewayError 422 for another call */
export const createKeys = () => {
  const kept = new Map<string, KeptAnswer>()
  const store = { findKeptAnswer: async (call: KeyOfCall) => kept.get(nameOf(call)) }
  const idempotent = createIdempotent({ store, clock: Date.now })

  const keep = (answer: KeptAnswer) => {
    kept.set(nameOf(answer), answer)
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
  }

  return async (call: KeyedCall | undefined, answer: () => Promise<MockAnswer>): Promise<MockAnswer> => {
    if (call === undefined) return answer()
    const given = await idempotent.once(call, async (row) => {
      const first = await answer()
      if (first.status < 300) keep(row({ status: first.status, body: String(first.body ?? '') }))
      return first
    })
    const names = Object.entries(given.headers).map(([name, value]) => [name.toLowerCase(), value])
    return { ...given, headers: { 'content-type': 'application/json', ...Object.fromEntries(names) } }
  }
}

const nameOf = ({ organizationId, sessionId, operationId, key }: KeyOfCall) =>
  JSON.stringify([organizationId, sessionId, operationId, key])

/** @param path of the request, without the base path @returns undefined without a key, or if the operation takes none */
export const keyedCallOf = (
  { headers }: IncomingMessage,
  path: string,
  { query, body }: Sent,
  { document, row: { operation, path: template } }: { document: Document; row: Endpoint },
): KeyedCall | undefined => {
  const key = headers['idempotency-key']?.toString()
  const takesKey = (operation.parameters ?? []).some(
    (one) => resolve<Parameter>(document, one).name === 'Idempotency-Key',
  )
  if (key === undefined || !takesKey) return undefined
  const place = template.split('/').indexOf('{session}')
  const sessionId = place < 0 ? undefined : path.split('/')[place]
  return {
    // A token stands for the organization that it would be of.
    organizationId: String(headers.authorization ?? headers['x-api-key']),
    ...(sessionId !== undefined && { sessionId }),
    operationId: operation.operationId,
    key,
    asked: { path, query, body },
  }
}
