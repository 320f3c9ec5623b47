/** Promises that operations make by their shape. Each is said once and applied to every operation that has the shape. */
import type { Base } from './base.ts'
import type { Case } from './case.ts'
import { admission, type Proofs } from './traits/admission.ts'
import { body } from './traits/body.ts'
import { cursor } from './traits/cursor.ts'
import { idempotency } from './traits/idempotency.ts'
import { limit } from './traits/limit.ts'
import { live } from './traits/live.ts'
import { ownership } from './traits/ownership.ts'
import { pages } from './traits/pages.ts'
import { protocol } from './traits/protocol.ts'
import { requestId } from './traits/request-id.ts'
import { wrongTokens } from './traits/wrong-tokens.ts'

/** By name; each gives the cases of its promises that the operation makes, none when it has another shape. */
const all: Readonly<Record<string, (base: Base, proofs: Proofs) => Case[]>> = {
  pages,
  limit,
  cursor,
  live,
  admission,
  wrongTokens,
  ownership,
  body,
  protocol,
  requestId,
  idempotency,
}

/** The general promises of one operation, as cases. */
export const traits = (base: Base, proofs: Proofs): Case[] =>
  Object.entries(all).flatMap(([trait, make]) => make(base, proofs).map((one) => ({ ...one, trait })))
