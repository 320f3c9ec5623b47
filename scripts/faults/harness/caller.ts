/** A caller of the gateway that validates each answer against the contract. */
import { setImmediate as turn } from 'node:timers/promises'
import { judgeAnswer, readAnswer } from '../../../conformance/oracle.ts'
import { parley } from '../../../conformance/parley.ts'
import type { OperationId } from '../../../generated/operations.ts'
import { operations } from '../../../generated/operations.ts'

export interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  /** Parsed; undefined when it is not JSON. */
  body: unknown
  text: string
  ms: number
}

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

export interface CallerOptions {
  url: () => string
  token?: string
  /** Called for each answer that violates the contract. */
  onOffence: (words: string) => void
}

const deadlineMs = 60_000

/** @throws what `fetch` throws when nobody answers */
export const createCaller =
  ({ url, token, onOffence }: CallerOptions): Call =>
  async (method, path, body, more = {}) => {
    // First drops connections that the gateway closed while this process was busy.
    await turn()
    const started = performance.now()
    const response = await fetch(url() + path, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...more,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(deadlineMs),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const ms = performance.now() - started
    const answer = readAnswer({ status: response.status, headers: Object.fromEntries(response.headers), bytes })
    const id = operationOf(method, path)
    for (const { message } of judgeAnswer(parley, id, method, answer).problems)
      onOffence(`${id} ${answer.status}: ${message}`)
    return { status: answer.status, headers: answer.headers, body: answer.body, text: answer.text, ms }
  }

const patterns = Object.entries(operations).map(([id, { method, path }]) => ({
  id: id as OperationId,
  method,
  // A verb at the end, such as `:start`, belongs to the path and not to its last parameter.
  path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/:]+')}$`),
}))

const operationOf = (method: string, path: string): OperationId => {
  const plain = path.replace(/\?.*/, '')
  const found = patterns.find((operation) => operation.method === method && operation.path.test(plain))
  if (found === undefined) throw new Error(`the contract has no ${method} ${plain}`)
  return found.id
}
