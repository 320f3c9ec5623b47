/** Whether the caller may call the operation. */
import type { OperationRow } from '../../../generated/operations.ts'
import { forbidden } from '../../model/errors.ts'
import type { Principal } from '../../model/principal.ts'
import { type Passed, passed } from './handle.ts'

/** Whether the caller has one of the needed capabilities. */
export const isAllowed = ({ capabilities }: Pick<OperationRow, 'capabilities'>, principal: Principal): boolean =>
  capabilities.some((capability) => principal.capabilities.has(capability))

/** @throws GatewayError `forbidden` for a caller that has none of the needed capabilities */
export const mayCall = (row: OperationRow, principal: Principal): Passed<'may'> => {
  if (!isAllowed(row, principal)) throw forbidden(row.capabilities)
  return passed()
}
