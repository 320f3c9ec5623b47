/** Promises that are not of one operation. */
import { admittedCall, type Base, needsOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { operationIds, operations, parley } from '../parley.ts'
import { cases } from '../table.ts'
import { isGuarded } from '../traits/answer-headers.ts'
import { otherMethod } from '../traits/methods.ts'
import { keeps, named } from '../traits/request-id.ts'
import { base as messages } from './chats/listChatMessages.ts'
import { base as presence } from './chats/setChatPresence.ts'
import { base as sessions } from './sessions/listSessions.ts'

/** Requests that are wrong in different ways, on operations that the target claims. */
const wrong = (base: Base, edit: (call: Call) => Call) => ({ base, edit })

const wrongs = [
  wrong(messages, (call) => ({ ...call, query: { limit: -1 } })),
  wrong(messages, (call) => ({ ...call, query: { unknown: 1 } })),
  wrong(presence, (call) => ({ ...call, body: {} })),
  wrong(presence, (call) => ({ ...call, body: { state: 'sleeping' } })),
  wrong(presence, (call) => ({ ...call, body: { state: 'composing', unknown: true } })),
]

/** A method that a path does not have is refused before anything is looked for in it. */
const somewhere = { session: 'unknown', cid: 'unknown' }

const claimedBy = (context: Context) => operationIds.find((id) => context.claims(id)) ?? sessions.operationId

export const gateway: Case[] = cases('gateway', {}, [
  {
    id: '400|422/validation_error/consistent',
    promise: 'answers every request that breaks the schema with the same status',
    level: 'SHOULD',
    features: [messages.operationId, presence.operationId],
    needs: [...needsOf(messages), ...needsOf(presence)],
    control: wrongs.map(({ base }) => `${base.operationId}/${base.admitted}`),
    live: true,
    checks: ['one-status'],
    run: async (context) => {
      const statuses = new Set<number>()
      for (const { base, edit } of wrongs) {
        const call = edit(await admittedCall(base, context))
        const expected = { status: context.schemaViolation, code: 'validation_error' }
        statuses.add((await context.send({ ...call, broken: true }, expected)).status)
      }
      context.check('one-status', statuses.size === 1, `some answer ${[...statuses].join(', some ')}`)
    },
  },
  {
    id: '404/not_found/path-unknown',
    promise: 'does not find a path that the contract does not have',
    control: [`${sessions.operationId}/${sessions.admitted}`],
    live: true,
    run: async (context) => {
      const call: Call = { operationId: 'listSessions', retarget: () => '/no-such-path', broken: true }
      await context.send(call, { status: 404, code: 'not_found', anyOperation: true })
    },
  },
  {
    id: '404/not_found/path-unknown-without-token',
    promise: 'asks for no token on a path that the contract does not have',
    control: ['gateway/404/not_found/path-unknown'],
    live: true,
    run: async (context) => {
      const call: Call = {
        operationId: 'listSessions',
        retarget: () => '/no-such-path',
        caller: 'nobody',
        broken: true,
      }
      await context.send(call, { status: 404, code: 'not_found', anyOperation: true })
    },
  },
  {
    id: '404/not_found/answer-headers',
    promise: 'forbids caches and browsers to keep and to guess what it says of a path that the contract does not have',
    control: ['gateway/404/not_found/path-unknown'],
    live: true,
    checks: ['cache', 'type', 'etag'],
    run: async (context) => {
      const call: Call = { operationId: 'listSessions', retarget: () => '/no-such-path', broken: true }
      await isGuarded(context, call, { status: 404, code: 'not_found', anyOperation: true })
    },
  },
  {
    id: '404|405/-/request-id',
    promise: 'gives a request its own name back that the contract has no operation for',
    control: ['gateway/404/not_found/path-unknown'],
    live: true,
    checks: ['path-unknown', 'method-unknown'],
    run: async (context) => {
      const call = named({ operationId: 'listSessions', broken: true }, `conformance-${context.runId}`)
      const noPath: Call = { ...call, retarget: () => '/no-such-path' }
      await keeps(context, 'path-unknown', noPath, { status: 404, code: 'not_found', anyOperation: true })
      const operationId = claimedBy(context)
      const method = otherMethod({ contract: parley, row: operations[operationId] })
      const noMethod: Call = { ...call, operationId, path: somewhere, method }
      await keeps(context, 'method-unknown', noMethod, { status: 405, code: 'method_not_allowed', anyOperation: true })
    },
  },
])
