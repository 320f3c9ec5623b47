/** The last step: the handler. It comes after every other, and what it is handed proves so. */
import type { Handlers, Input, OperationId, Reply, TypesOf } from '../../operation.ts'

declare const check: unique symbol

/** Says that a check was made whose outcome is no part of a handler's input. */
export interface Passed<Check extends string> {
  readonly [check]: Check
}

/** For the step that makes the check, and for no other. */
export const passed = <Check extends string>(): Passed<Check> => proof as Passed<Check>

const proof: unknown = Object.freeze({})

/** The checks that give a handler nothing: without one of them it cannot be called. */
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
