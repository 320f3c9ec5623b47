/** What the path names below its session. */
import type { Asked, ObjectOf, OperationId, TypesOf } from '../../operation.ts'

/** Undefined where the path names nothing, or the handler finds it. @throws GatewayError `not_found` */
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
  // The table of what is loaded says of the operation what its type says.
  (await load(operationId, asked)) as ObjectOf<K>
