/** The last step: calls the handler. Its types require the outcome of every other step. */
import type { Handlers, Input, OperationId, Reply, TypesOf } from '../../operation.ts'

declare const check: unique symbol

/** Proof that a check passed, for checks whose outcome is not part of a handler's input. */
export interface Passed<Check extends string> {
  readonly [check]: Check
}

/** To be called only by the step that makes the check. */
export const passed = <Check extends string>(): Passed<Check> => proof as Passed<Check>

const proof: unknown = Object.freeze({})

/** The proofs that are required to call a handler. */
export interface Checks {
  may: Passed<'may'>
  state: Passed<'state'>
  pace: Passed<'pace'>
}

export type Handle<C extends TypesOf<C>> = <K extends OperationId<C>>(
  operationId: K,
  input: Input<K, C>,
  checks: Checks,
) => Promise<Reply<K, C>>

export const createHandle =
  <C extends TypesOf<C>>(handlers: Handlers<C>): Handle<C> =>
  async (operationId, input) =>
    handlers[operationId](input)
