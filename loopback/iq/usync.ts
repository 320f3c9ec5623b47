import type { IqHandler } from '../client.ts'
import type { Person } from '../people/companion.ts'
import { isLid, phoneJid } from '../wire/jids.ts'
import { type BinaryNode, bytes, child, children, node } from '../wire/nodes.ts'

/** Handlers by the tag of the query about a user; `undefined` = no answer. */
const protocols: Record<string, (account: Person | undefined, asked: string) => BinaryNode | undefined> = {
  contact: (account) => node('contact', { type: account ? 'in' : 'out' }),
  devices: (account) => account && node('devices', {}, [node('device-list', {}, deviceList(account))]),
  // Not for a LID: clients would store a wrong pair.
  lid: (account, asked) => (account && !isLid(asked) ? node('lid', { val: account.lid }) : undefined),
}

/** Which of these users exist, which companions they have, and what their LIDs are. */
export const answerUsync: IqHandler = (iq, { network, companion }) => {
  const usync = child(iq, 'usync')
  const asked = children(child(usync, 'query'))
  for (const { tag } of asked) {
    if (!protocols[tag]) network.report(`usync: no protocol ${tag}`, iq, companion.jid)
  }
  const users = children(child(usync, 'list'), 'user').map((user) => {
    const jid = user.attrs.jid ?? phoneJid(bytes(child(user, 'contact')).toString())
    const account = network.find(jid)
    account?.watchers.add(companion)
    return node('user', { jid }, asked.map(({ tag }) => protocols[tag]?.(account, jid)).filter(isPresent))
  })
  const { sid, mode, context } = usync?.attrs ?? {}
  const result = node(
    'result',
    {},
    asked.map(({ tag }) => node(tag)),
  )
  return [node('usync', { sid, mode, context, index: '0', last: 'true' }, [result, node('list', {}, users)])]
}

function deviceList(account: Person): BinaryNode[] {
  const companions = [...account.companions.keys()].map((id) => node('device', { id: `${id}`, 'key-index': `${id}` }))
  return [node('device', { id: '0' }), ...companions]
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined
}
