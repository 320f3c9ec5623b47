/** Shared by the tests of the engine: tiny servers, a target file for one, and cases for them. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import type { Case, Context } from './case.ts'
import { suite } from './cases/index.ts'
import { operation } from './parley.ts'
import { type RunOptions, createRun as runOf } from './run.ts'
import { cases, type Row } from './table.ts'
import type { Target } from './target.ts'

/** Those of the test that runs; they are closed after it. */
export const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

export const listen = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
}

/** Of these cases alone. */
export const createRun = (target: Target, list: readonly Case[], options?: RunOptions) =>
  runOf({ ...suite, cases: list }, target, options)

export const targetAt = (baseUrl: string, more: Partial<Target> = {}): Target => ({
  target: { name: 'tiny', version: '0', kind: 'server' },
  baseUrl,
  contract: { version: '1.0' },
  tokens: { full: 'wa_full', readOnly: 'wa_read', sendOnly: 'wa_send', manageOnly: 'wa_manage', otherOrg: 'wa_other' },
  fixtures: {
    liveSession: 'sess_live',
    unknownSession: 'sess_unknown',
    chat: { id: '628111111111@s.whatsapp.net', messageIds: ['a', 'b', 'c', 'd', 'e'], unread: 0 },
    unknownChat: '628999999999@s.whatsapp.net',
  },
  limits: { timeoutMs: 10_000, concurrency: 4 },
  ...more,
})

/** Knows one token and one list; says so in the contract's words. */
export const right: RequestListener = (request, response) => {
  const known = ['Bearer wa_full', 'Bearer wa_read'].includes(request.headers.authorization ?? '')
  const [status, body] = known
    ? [200, { data: [], nextCursor: null }]
    : [401, { error: { code: 'unauthorized', message: 'who are you?' } }]
  response.writeHead(status, { 'X-Request-Id': 'r', 'Content-Type': 'application/json', 'WWW-Authenticate': 'Bearer' })
  response.end(JSON.stringify(body))
}

export const list = (context: Context) => context.send({ operationId: 'listSessions' }, { status: 200 })
export const passing: Row = { id: '200/-/list', promise: 'lists', run: async (context) => void (await list(context)) }
export const failing: Row = {
  ...passing,
  id: '200/-/failing',
  checks: ['no'],
  run: async (context) => context.check('no', false, 'no'),
}
const lists = operation({ operationId: 'listSessions' })
export const table = (...rows: Row[]): Case[] => cases(lists, {}, rows)

/** By the last part of each id. */
export const verdictsOf = async (target: Target, list: readonly Case[], options: RunOptions = {}) => {
  const { records } = await createRun(target, list, options).finish()
  return Object.fromEntries(records.map(({ id, verdict }) => [id.split('/').at(-1), verdict]))
}
