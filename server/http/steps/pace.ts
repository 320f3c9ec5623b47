/** Applies the rate limits. */
import type { Pacing } from '../../limits/pacing.ts'
import type { Asked, OperationId, TypesOf } from '../../operation.ts'
import { type Passed, passed } from './handle.ts'

/** Counts the call. @throws GatewayError `rate_limited` */
export const paced = async <K extends OperationId<C>, C extends TypesOf<C>>(
  pacing: Pick<Pacing<C>, 'admit'>,
  operationId: K,
  asked: Asked<K, C>,
): Promise<Passed<'pace'>> => {
  await pacing.admit(operationId, asked)
  return passed()
}
