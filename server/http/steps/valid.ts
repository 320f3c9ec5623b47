/** What a request says, held against the contract. */
import type { OperationRow } from '../../../generated/operations.ts'
import type { Validate } from '../../../generated/validators.d.ts'
import { invalid } from '../../model/errors.ts'
import type { BodyOf, GeneratedContract, Input, OperationId, TypesOf } from '../../operation.ts'
import { faultsOf } from './faults.ts'
import type { FaultsOf, Raw } from './read.ts'
import { brokenText } from './texts.ts'

export type Parts<K extends OperationId<C>, C extends TypesOf<C>> = Pick<Input<K, C>, keyof Raw>

type Validators<K extends OperationId<C>, C extends TypesOf<C>> = GeneratedContract<C>['validators'][K]

/** @throws GatewayError 422 that names the first part which the contract refuses */
export const validParts = <K extends OperationId<C>, C extends TypesOf<C>>(
  { path, query, header, body }: Validators<K, C>,
  row: OperationRow,
  raw: Raw,
): Parts<K, C> => {
  const parts = {
    path: valid('path', path, raw.path),
    query: valid('query', query, raw.query),
    header: valid('header', header, raw.header),
  }
  // Bytes and parts are judged while they arrive. The row says of the operation what its type says.
  const given = row.hasBody ? validBody(body, raw.body) : raw.body
  return { ...parts, body: given as BodyOf<K, C> }
}

const validBody = <T>(validate: Validate<T>, value: unknown): T => {
  const body = valid('body', validate, value)
  const fault = brokenText(body, '/body')
  if (fault !== undefined) throw invalid([fault])
  return body
}

/** Judges each field of a form by itself. */
export const fieldFaults =
  (validate: Validate<unknown>): FaultsOf =>
  (name, value) =>
    validate({ [name]: value }) ? [] : faultsOf('body', validate.errors ?? [])

const valid = <T>(part: keyof Raw, validate: Validate<T>, value: unknown): T => {
  if (validate(value)) return value
  throw invalid(faultsOf(part, validate.errors ?? []))
}
