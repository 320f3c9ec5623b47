import { IqError, type IqHandler } from '../client.ts'
import { restrictionData } from '../people/restriction.ts'
import { child, node } from '../wire/nodes.ts'

/** Whether the account may begin chats. */
const restrictionQuery = '23983697327930364'

/** Queries in GraphQL: of each only its number is sent. */
export const answerMex: IqHandler = (iq, { network, companion }) => {
  const query = child(iq, 'query')
  if (query?.attrs.query_id !== restrictionQuery) {
    network.report(`mex: no query ${query?.attrs.query_id}`, iq, companion.jid)
    throw new IqError(400, 'bad-request')
  }
  const data = { xwa2_fetch_account_reachout_timelock: restrictionData(companion.account.restriction) }
  return [node('result', {}, Buffer.from(JSON.stringify({ data })))]
}
