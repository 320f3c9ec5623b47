/** Which operation a request is for. */
import { unreadable } from '../../model/errors.ts'
import type { Router } from '../router.ts'

/** A path whose percent-encoding is broken. It is answered only after the token, like every other unreadable request. */
const brokenPath = () => unreadable('the path has broken percent-encoding', '/path', 'broken percent-encoding')

/**
 * @param identify who calls; asked before a path is called unreadable
 * @throws GatewayError 404 for a path that the contract does not have, 405 for a method that the path does not have, 400 for a path
 * that cannot be decoded
 */
export const routed = async <R extends { method: string; path: string }>(
  router: Router<R>,
  { method, path }: { method: string; path: string },
  identify: () => Promise<unknown>,
): Promise<{ row: R; params: Record<string, string> }> => {
  const route = router.match(method, path)
  if (route !== 'broken') return route
  await identify()
  throw brokenPath()
}
