/**
 * The way of a request through the contract, without HTTP: route, token, capability, validation, session, handler.
 * Argument: `all` operations, or `one`, as if the contract had no other.
 */

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { contract as gateway } from '../../../generated/contract.ts'
import { createContract } from '../../../server/http/contract.ts'
import { createBuckets } from '../../../server/limits/buckets.ts'
import { noLimits } from '../../../server/limits/limits.ts'
import { createPacing } from '../../../server/limits/pacing.ts'
import { capabilities, type Principal } from '../../../server/model/principal.ts'
import type { SessionRow } from '../../../server/model/session.ts'
import type { Handlers } from '../../../server/operation.ts'
import { sessionId } from '../history.ts'
import { pageOrder } from '../orders.ts'
import { answerWith } from '../process.ts'

const only = 'listChatMessages'
const path = '/sessions/{session}/chats/{cid}/messages'

const { basePath, document, operations, validators } = gateway

/** What would be generated if the contract had one operation. */
const oneOperation = {
  basePath,
  document: { ...document, paths: { [path]: document.paths[path] } },
  operations: { [only]: operations[only] },
  validators: { [only]: validators[only] },
}
const served = process.argv[2] === 'one' ? (oneOperation as unknown as typeof gateway) : gateway

const principal: Principal = {
  kind: 'login',
  subject: 'user_bench',
  organizationId: 'org_bench',
  capabilities: new Set(capabilities),
  superAdmin: false,
}
const handler = async () => ({ status: 200, body: '{"data":[],"nextCursor":null}' })
const contract = await createContract({
  contract: served,
  // The handler's work is no part of routing and validation.
  handlers: Object.fromEntries(Object.keys(served.operations).map((id) => [id, handler])) as unknown as Handlers,
  authenticate: async () => principal,
  findSession: async () => ({ id: sessionId }) as SessionRow,
  findLive: () => undefined,
  idempotent: {
    once: () => {
      throw new Error('no call here has a key')
    },
  },
  loadObject: () => undefined,
  checkState: () => undefined,
  pacing: createPacing({
    pace: createBuckets({ clock: () => performance.now() }),
    limits: noLimits,
    store: { findTooSoon: async () => undefined },
    clock: Date.now,
  }),
})

const [target = '', query = ''] = pageOrder().path.split('?')
const { signal } = new AbortController()
const stream = Readable.from([]) as IncomingMessage

const answers = {
  operations: () => Object.keys(served.operations).length,
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
        signal,
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
