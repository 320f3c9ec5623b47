/** Promises that every operation makes. Each is said once and applied to all. */
import type { Base } from './base.ts'
import type { Case } from './case.ts'
import { admission } from './traits/admission.ts'
import { body } from './traits/body.ts'
import { limits } from './traits/limits.ts'
import { ownership } from './traits/ownership.ts'
import { protocol } from './traits/protocol.ts'
import { requestId } from './traits/request-id.ts'

/** The general promises of one operation, as cases. */
export const traits = (base: Base): Case[] => [
  ...admission(base),
  ...limits(base),
  ...ownership(base),
  ...body(base),
  ...protocol(base),
  ...requestId(base),
]
