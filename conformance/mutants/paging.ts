/** Lists, as faults see them: by the cursors that the right server gives, but with entries of their own choice. */
import type { OperationId } from '../contract.ts'
import { type Ask, type Asked, bodyOf, edited, type Fault, on, withQuery } from './fault.ts'

interface Page {
  data: Readonly<Record<string, unknown>>[]
  nextCursor: string | null
}

/** Undefined takes a member away. */
type Change = { data?: Page['data']; nextCursor?: string | null | undefined }

/** How many entries the page may have. */
export const limitOf = ({ query }: Asked): number => {
  const limit = query.get('limit') ?? ''
  return isPlain(limit) ? Math.min(Number(limit) || 50, 200) : 50
}

/** Is it what the right server takes? */
export const isPlain = (limit: string) => /^\d{1,16}$/.test(limit)

/** Which list it is: cursors are good for one. */
export const listOf = ({ operationId, session, cid }: Asked): string => [operationId, session, cid].join(' ')

/** Changes pages, knowing what came before in the same walk. */
export interface Step {
  asked: Asked
  ask: Ask
  page: Page
  limit: number
  /** The page before this one; undefined for the first. */
  previous: Page | undefined
  isFirst: boolean
}

/** @param change of every page of the list that is answered with 200 */
export const pages = (id: OperationId, change: (step: Step) => Change | Promise<Change>): (() => Fault) => {
  return () => {
    const before = new Map<string, Page>()
    return on(id, async (asked, ask) => {
      const answer = await ask(asked)
      if (answer.status !== 200 || asked.method !== 'GET') return answer
      const page = bodyOf<Page>(answer)
      const cursor = asked.query.get('cursor')
      const previous = cursor === null ? undefined : before.get(`${listOf(asked)} ${cursor}`)
      if (page.nextCursor !== null) before.set(`${listOf(asked)} ${page.nextCursor}`, page)
      const changed = await change({ asked, ask, page, limit: limitOf(asked), previous, isFirst: cursor === null })
      return edited<Page>(answer, () => ({ ...page, ...changed }))
    })
  }
}

const maxPages = 50

/** The whole list, as the right server has it. */
export const whole = async (asked: Asked, ask: Ask): Promise<Page['data']> => {
  const entries: Page['data'] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const { data, nextCursor } = bodyOf<Page>(await ask(withQuery(asked, { limit: '200', cursor })))
    entries.push(...data)
    if (nextCursor === null) return entries
    cursor = nextCursor
  }
  throw new Error(`${listOf(asked)} does not end`)
}

/** Serves the list in another order, or with other entries, under the cursors of the right server. */
export const rearranged = (id: OperationId, change: (entries: Page['data']) => Page['data']): (() => Fault) => {
  return () => {
    const offsets = new Map<string, number>()
    return pages(id, async ({ asked, ask, page, isFirst }) => {
      const offset = isFirst ? 0 : (offsets.get(`${listOf(asked)} ${asked.query.get('cursor')}`) ?? 0)
      if (page.nextCursor !== null) offsets.set(`${listOf(asked)} ${page.nextCursor}`, offset + page.data.length)
      const entries = change(await whole(asked, ask))
      return { data: entries.slice(offset, page.nextCursor === null ? undefined : offset + page.data.length) }
    })()
  }
}
