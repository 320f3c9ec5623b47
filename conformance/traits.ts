/** Promises that operations make by their shape. Each is said once and applied to every operation that has the shape. */
import { type Base, idOf, variantOf } from './base.ts'
import type { Case } from './case.ts'
import { admission, type Proofs } from './traits/admission.ts'
import { answerHeaders } from './traits/answer-headers.ts'
import { atOnce } from './traits/at-once.ts'
import { beyondSchema } from './traits/beyond-schema.ts'
import { body } from './traits/body.ts'
import { bodyForms } from './traits/body-forms.ts'
import { cursor } from './traits/cursor.ts'
import { idempotency } from './traits/idempotency.ts'
import { isolation } from './traits/isolation.ts'
import { jids } from './traits/jids.ts'
import { lastMessage } from './traits/last-message.ts'
import { limit } from './traits/limit.ts'
import { live } from './traits/live.ts'
import { methods } from './traits/methods.ts'
import { nearValues } from './traits/near-values.ts'
import { neighbours } from './traits/neighbours.ts'
import { noBody } from './traits/no-body.ts'
import { noEffect } from './traits/no-effect.ts'
import { order, orderShape } from './traits/order.ts'
import { origins } from './traits/origins.ts'
import { ownership } from './traits/ownership.ts'
import { pace } from './traits/pace.ts'
import { pages } from './traits/pages.ts'
import { pathEncoding } from './traits/path-encoding.ts'
import { protocol } from './traits/protocol.ts'
import { repeats } from './traits/repeats.ts'
import { requestId } from './traits/request-id.ts'
import { routing } from './traits/routing.ts'
import { sameAgain } from './traits/same-again.ts'
import { sameForCallers } from './traits/same-for-callers.ts'
import { tokens } from './traits/tokens.ts'
import { twoTokens } from './traits/two-tokens.ts'
import { wrongTokens } from './traits/wrong-tokens.ts'

interface Trait {
  /** The cases of its promises that the operation makes; none when it has another shape. */
  of(base: Base, proofs: Proofs): Case[]
  /** What it looks at in an operation. Of those that are alike in it, two show what all would. */
  shape(base: Base): string
}

const alike = () => 'all'

/** What the path names. */
const named = ({ path, row }: Base) =>
  `${path.session === 'made' ? 'own' : 'given'} session${'cid' in path ? `, ${row.live ? 'live' : 'stored'} chat` : ''}`

const target = ({ row, path }: Base) =>
  `${row.method === 'GET' ? 'GET' : 'other method'}, ${Object.keys(path).length === 0 ? 'fixed path' : 'path with parameters'}`

const all: Readonly<Record<string, Trait>> = {
  pages: { of: pages, shape: alike },
  limit: { of: limit, shape: alike },
  cursor: { of: cursor, shape: alike },
  live: { of: live, shape: alike },
  pace: { of: pace, shape: alike },
  admission: { of: admission, shape: ({ row }) => row.capabilities.join(' or ') },
  tokens: { of: tokens, shape: alike },
  twoTokens: { of: twoTokens, shape: ({ row }) => row.capabilities.join(' or ') },
  sameForCallers: { of: sameForCallers, shape: ({ row }) => row.capabilities.join(' or ') },
  wrongTokens: { of: wrongTokens, shape: alike },
  neighbours: { of: neighbours, shape: named },
  noEffect: { of: noEffect, shape: (base) => `${named(base)}, ${base.row.method === 'GET' ? 'read' : 'written'}` },
  atOnce: { of: atOnce, shape: ({ row }) => (row.method === 'GET' ? 'read' : 'written') },
  order: { of: order, shape: orderShape },
  ownership: { of: ownership, shape: named },
  isolation: { of: isolation, shape: (base) => `${named(base)}, ${base.row.method === 'GET' ? 'read' : 'written'}` },
  jids: { of: jids, shape: ({ row }) => (row.live ? 'live' : 'stored') },
  body: {
    of: body,
    shape: ({ row }) => (row.hasBody ? `${row.bodyRequired ? 'required' : 'optional'} JSON` : 'no body'),
  },
  bodyForms: { of: bodyForms, shape: alike },
  beyondSchema: { of: beyondSchema, shape: alike },
  noBody: { of: noBody, shape: ({ row }) => (row.method === 'GET' ? 'GET' : 'other method') },
  nearValues: { of: nearValues, shape: alike },
  protocol: { of: protocol, shape: target },
  methods: { of: methods, shape: target },
  origins: { of: origins, shape: target },
  routing: { of: routing, shape: target },
  pathEncoding: { of: pathEncoding, shape: named },
  repeats: { of: repeats, shape: ({ row }) => (row.method === 'GET' ? 'read' : 'written') },
  sameAgain: { of: sameAgain, shape: alike },
  lastMessage: { of: lastMessage, shape: alike },
  requestId: { of: requestId, shape: alike },
  answerHeaders: { of: answerHeaders, shape: ({ row }) => (row.hasBody ? 'body' : 'no body') },
  idempotency: { of: idempotency, shape: alike },
}

/** The general promises of one operation, as cases. */
export const traits = (base: Base, proofs: Proofs): Case[] =>
  Object.entries(all).flatMap(([name, { of, shape }]) =>
    of(base, proofs).map((one) => ({ ...one, trait: { name, shape: shape(base), promise: promiseIn(base, one.id) } })),
  )

/** The same for every operation, whatever its success is. */
const promiseIn = (base: Base, id: string): string => {
  if (id === idOf(base)) return 'admitted'
  const success = idOf(base, variantOf(base, ''))
  return id.startsWith(success) ? `admitted/${id.slice(success.length)}` : id.slice(base.operationId.length + 1)
}
