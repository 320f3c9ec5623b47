import type { Loopback } from '../loopback.ts'
import type { Fields } from './fields.ts'

/** One operation of the control port. @returns the JSON answer */
export type Verb = (wa: Loopback, fields: Fields) => unknown

/** By method and path. For GET the fields come from the query, as texts. */
export type Verbs = Record<string, Verb>
