/** Whether the caller may call the operation. */
import type { OperationRow } from '../../../generated/operations.ts'
import { forbidden } from '../../model/errors.ts'
import type { Principal } from '../../model/principal.ts'
import { type Passed, passed } from './handle.ts'

/** @throws GatewayError `forbidden` for a caller that has none of the needed capabilities */
export const mayCall = ({ capabilities }: OperationRow, principal: Principal): Passed<'may'> => {
  if (!capabilities.some((capability) => principal.capabilities.has(capability))) throw forbidden(capabilities)
  return passed()
}
