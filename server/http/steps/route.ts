/** Finds the operation of a request. */
import { unreadable } from '../../model/errors.ts'
import type { Router } from '../router.ts'

/** A path with broken percent-encoding. The token is checked before it is answered, as for every unreadable request. */
const brokenPath = () => unreadable('the path has broken percent-encoding', '/path', 'broken percent-encoding')

/**
 * @param identify finds the caller; called before a path is refused as unreadable
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
