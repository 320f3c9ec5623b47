/** What an answer says, apart from what names the one request that it answers and from how its JSON is written. */
import { sorted } from './sorted.ts'
import type { Answer } from './transport.ts'

/** Short ones may be part of anything. */
const leastId = 8

/**
 * @returns text that is the same for two answers that say the same: the request's own id is masked, wherever it stands, and
 * members come in one order. What is no JSON stays as it is.
 */
export const saidBy = ({ headers, body, text }: Pick<Answer, 'headers' | 'body' | 'text'>): string => {
  const id = headers['x-request-id'] ?? ''
  const said = body === undefined ? text : JSON.stringify(sorted(body))
  return id.length < leastId ? said : said.replaceAll(id, '[request]')
}
