import type { JsonBytes, Page } from '../model/page.ts'
import { release } from '../model/release.ts'

const defaultLimit = 50
const maxLimit = 200

/** AIP-158: absent or 0 means the default; larger values are served as the maximum. */
export const pageSize = (limit: number | undefined): number =>
  limit === undefined || limit === 0 ? defaultLimit : Math.min(limit, maxLimit)

const open = Buffer.from('{"data":')

/**
 * The list's body, around the rows that the database has already written as JSON.
 * @param page is used up: the memory of its data is freed
 */
export const listBody = <T>(page: Page, nextCursor: string | undefined): JsonBytes<T> => {
  const end = `,"nextCursor":${nextCursor === undefined ? 'null' : `"${nextCursor}"`}}`
  // Not a part of Node's pool, so that its memory can be freed too.
  const body = Buffer.allocUnsafeSlow(open.length + page.data.length + end.length)
  open.copy(body)
  page.data.copy(body, open.length)
  body.write(end, open.length + page.data.length, 'latin1')
  release(page.data)
  return body
}
