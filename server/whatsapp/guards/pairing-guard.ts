import type { EventEmitter } from 'node:events'
import { isSameAccount, type Me } from '../../model/account.ts'
import { bareJid } from '../../model/jid.ts'
import type { BinaryNode, WASocket } from '../library.ts'

const paired = 'CB:iq,,pair-success'

/**
 * Refuses pairing with another account. The account is known before the client has signed anything, so WhatsApp does not link it, and
 * the other phone shows an error.
 * @param socket in the tick in which it was made
 * @param onRefused called after the refusal was sent
 */
export const guardPairing = (
  { ws, sendNode }: Pick<WASocket, 'ws' | 'sendNode'>,
  account: Me,
  onRefused: () => void,
): void => {
  const listeners = (ws as EventEmitter).listeners(paired)
  ws.removeAllListeners(paired)
  ws.on(paired, async (stanza: BinaryNode) => {
    const other = accountOf(stanza)
    if (other === undefined || isSameAccount(account, other)) {
      await Promise.all(listeners.map((listener) => listener(stanza)))
      return
    }
    const { id, from } = stanza.attrs
    const error: BinaryNode = { tag: 'error', attrs: { code: '500', text: 'internal-error' } }
    const answer = { tag: 'iq', attrs: { to: from ?? 's.whatsapp.net', type: 'error', id: id ?? '' }, content: [error] }
    await sendNode(answer).catch(() => {})
    onRefused()
  })
}

/** Undefined when the stanza does not contain it, which the library refuses. */
const accountOf = (stanza: BinaryNode): Me | undefined => {
  const attrs = childOf(childOf(stanza, 'pair-success'), 'device')?.attrs
  const jid = bareJid(attrs?.jid)
  const lid = bareJid(attrs?.lid)
  return jid === undefined ? undefined : { jid, ...(lid !== undefined && { lid }) }
}

const childOf = (node: BinaryNode | undefined, tag: string): BinaryNode | undefined =>
  Array.isArray(node?.content) ? node.content.find((child) => child.tag === tag) : undefined
