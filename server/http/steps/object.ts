/** What the path names below its session. */
import type { Asked, ObjectOf, OperationId, TypesOf } from '../../operation.ts'

/** Undefined when the path names no object, or the handler loads it. @throws GatewayError `not_found` */
export type LoadObject<C extends TypesOf<C>> = <K extends OperationId<C>>(
  operationId: K,
  asked: Asked<K, C>,
) => Promise<ObjectOf<K>> | undefined

/** @throws GatewayError `not_found` */
export const objectOf = async <K extends OperationId<C>, C extends TypesOf<C>>(
  load: LoadObject<C>,
  operationId: K,
  asked: Asked<K, C>,
): Promise<ObjectOf<K>> =>
  // Safe: the table of loaders and `ObjectTypes` have the same operations.
  (await load(operationId, asked)) as ObjectOf<K>
