/** Whether the path of a request can be read. */
import { unreadable } from '../../model/errors.ts'

/**
 * It is looked at once the caller is known to be allowed to call, like everything else that makes a request unreadable.
 * @throws GatewayError 400 for a path that cannot be decoded
 */
export const readablePath = ({ readable }: { readable: boolean }): void => {
  if (!readable) throw unreadable('the path has broken percent-encoding', '/path')
}
