/** Checks the preconditions of a call. */
import type { Asked, ObjectOf, OperationId, TypesOf } from '../../operation.ts'
import { type Passed, passed } from './handle.ts'

/** @throws GatewayError `conflict` */
export type CheckState<C extends TypesOf<C>> = <K extends OperationId<C>>(
  operationId: K,
  asked: Asked<K, C>,
  object: ObjectOf<K>,
) => void | Promise<void>

/** @throws GatewayError `conflict` */
export const stateAllows = async <K extends OperationId<C>, C extends TypesOf<C>>(
  check: CheckState<C>,
  operationId: K,
  asked: Asked<K, C>,
  object: ObjectOf<K>,
): Promise<Passed<'state'>> => {
  await check(operationId, asked, object)
  return passed()
}
