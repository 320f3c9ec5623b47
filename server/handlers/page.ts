import type { JsonBytes, Page } from '../model/page.ts'

const defaultLimit = 50
const maxLimit = 200

/** AIP-158: absent or 0 means the default; larger values are served as the maximum. */
export const pageSize = (limit: number | undefined): number =>
  limit === undefined || limit === 0 ? defaultLimit : Math.min(limit, maxLimit)

const open = Buffer.from('{"data":')

/** The list's body, around the rows that the database has already written as JSON. */
export const listBody = <T>(page: Page, nextCursor: string | undefined): JsonBytes<T> => {
  const end = `,"nextCursor":${nextCursor === undefined ? 'null' : `"${nextCursor}"`}}`
  return Buffer.concat([open, page.data, Buffer.from(end)])
}
