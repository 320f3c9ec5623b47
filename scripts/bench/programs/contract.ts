/**
 * The way of a request through the contract, without HTTP: route, token, capability, validation, session, handler.
 * Argument: `all` operations, or `one`, as if the contract had no other.
 */

import type { IncomingMessage } from 'node:http'
import { registerHooks } from 'node:module'
import { Readable } from 'node:stream'
import type { Principal } from '../../../server/model/principal.ts'
import type { SessionRow } from '../../../server/model/session.ts'
import type { Handlers } from '../../../server/operation.ts'
import { sessionId } from '../history.ts'
import { pageOrder } from '../orders.ts'
import { answerWith } from '../process.ts'

const only = 'listChatMessages'
const path = '/sessions/{session}/chats/{cid}/messages'

/** The generated files as they would be for a contract of one operation. */
const withOneOperation = () =>
  registerHooks({
    load: (url, context, next) => {
      if (url.endsWith('/generated/operations.ts')) {
        const source = `
          import { operations as all } from '${url}?whole'
          export * from '${url}?whole'
          export const operations = { ${only}: all.${only} }`
        return { format: 'module', shortCircuit: true, source }
      }
      const loaded = next(url, context)
      if (!url.endsWith('/generated/openapi.json')) return loaded
      const document = JSON.parse(String(loaded.source))
      return { ...loaded, source: JSON.stringify({ ...document, paths: { [path]: document.paths[path] } }) }
    },
  })

if (process.argv[2] === 'one') withOneOperation()
const { operations } = await import('../../../generated/operations.ts')
const { createContract } = await import('../../../server/http/contract.ts')
const { createBuckets } = await import('../../../server/limits/buckets.ts')
const { noLimits } = await import('../../../server/limits/limits.ts')
const { createPacing } = await import('../../../server/limits/pacing.ts')

const principal: Principal = {
  kind: 'login',
  subject: 'user_bench',
  organizationId: 'org_bench',
  capabilities: new Set(['read', 'send', 'manage', 'events']),
  superAdmin: false,
}
const handler = async () => ({ status: 200, body: '{"data":[],"nextCursor":null}' })
const contract = await createContract({
  // What a handler does is none of routing and validation.
  handlers: Object.fromEntries(Object.keys(operations).map((id) => [id, handler])) as unknown as Handlers,
  authenticate: async () => principal,
  findSession: () => ({ id: sessionId }) as SessionRow,
  findLive: () => undefined,
  checkState: () => undefined,
  pacing: createPacing({ pace: createBuckets({ clock: () => performance.now() }), limits: noLimits }),
})

const [target = '', query = ''] = pageOrder().path.split('?')
const stream = Readable.from([]) as IncomingMessage

const answers = {
  operations: () => Object.keys(operations).length,
  /** @returns processor time for one request, µs */
  requests: async (count: number) => {
    const before = process.cpuUsage()
    for (let done = 0; done < count; done++) {
      const reply = await contract.answer({
        method: 'GET',
        path: target,
        query,
        headers: {},
        address: () => '127.0.0.1',
        stream,
        accepts: () => false,
        onOperation: () => undefined,
      })
      if (reply.status !== 200) throw new Error(`answered ${reply.status}`)
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / count
  },
}
export type ContractProgram = typeof answers

answerWith(answers)
