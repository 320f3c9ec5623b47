/**
 * Stanzas of a few bytes that cost the gateway, WhatsApp or the account's phone a lot: a question for all groups, a new encryption
 * session, a fact for each of sixty thousand ids. Each has a budget; what is over it is answered, and nothing else comes of it.
 */
import type { EventEmitter } from 'node:events'
import type { Jid } from '../../model/jid.ts'
import { bareJid } from '../../model/jid.ts'
import type { BinaryNode } from '../library.ts'
import { createRetryBudget, type RetryBudget } from './retry-budget.ts'

export interface FloodsOptions {
  /** Epoch ms. */
  clock: () => number
  /** Whether there is a message of ours under this id in a chat, to be sent again. */
  isOurs: (chat: Jid, id: string) => Promise<boolean>
  /** Tells WhatsApp that a stanza has arrived. */
  ack: (stanza: BinaryNode) => Promise<unknown>
  /** Told of each stanza that was left out, or a part of it. */
  onLeftOut: (event: string, cause: string) => void
}

/** A phone tells of a chat's unread messages in one receipt. */
const mostReceipted = 2_000

/**
 * Children of one notification, in each list of it. The library tells each post of a channel of its own, all in one go, and what
 * the store falls too far behind by comes again at each login.
 */
const mostChildren = 2_000

/** Some two thousand addresses of a person, as JSON. */
const mostJsonBytes = 65_536

/** The library keeps each call that is offered for five minutes, with all its names. */
const longestName = 512

/** Who asks again: each device of a person for a few messages, five times at most. */
const askers = { most: 1_000, burst: 30, perSecond: 0.2 }

/** WhatsApp's own have some twenty. */
const mostRouteBytes = 1_024

/** WhatsApp asks once, when something has changed while the account was away. */
const dirty = { burst: 10, perSecond: 1 / 60 }

/** @param ws the library's socket, in the tick in which it was made */
export const guardFloods = (ws: EventEmitter, { clock, isOurs, ack, onLeftOut }: FloodsOptions): void => {
  const ofAsker = new Map<string, RetryBudget>()
  const ofAll = createRetryBudget(clock)
  const ofDirty = createRetryBudget(clock, dirty.burst, dirty.perSecond)

  const mayAskAgain = ({ attrs }: BinaryNode): boolean => {
    const asker = bareJid(attrs.participant) ?? bareJid(attrs.from) ?? ''
    const budget = ofAsker.get(asker) ?? createRetryBudget(clock, askers.burst, askers.perSecond)
    // The one that asked last goes last.
    ofAsker.delete(asker)
    ofAsker.set(asker, budget)
    const [longestAgo] = ofAsker.keys()
    if (ofAsker.size > askers.most && longestAgo !== undefined) ofAsker.delete(longestAgo)
    return budget.take() && ofAll.take()
  }

  /** The library makes a new encryption session first, and all other receipts wait for WhatsApp's answer. */
  const isOfUse = async ({ attrs: { from, recipient, id = '' } }: BinaryNode): Promise<boolean> => {
    for (const chat of [bareJid(recipient), bareJid(from)])
      if (chat !== undefined && (await isOurs(chat, id))) return true
    return false
  }

  const receipt = async (stanza: BinaryNode) => {
    if (stanza.attrs.type !== 'retry') return shortened(stanza)
    if (mayAskAgain(stanza) && (await isOfUse(stanza))) return shortened(stanza)
    onLeftOut('receipt', 'somebody asks for messages that are not ours, or again and again')
    await ack(stanza)
    return undefined
  }

  const shortened = (stanza: BinaryNode): BinaryNode => {
    const [list, ...rest] = Array.isArray(stanza.content) ? stanza.content : []
    if (!Array.isArray(list?.content) || list.content.length <= mostReceipted) return stanza
    onLeftOut('receipt', 'a receipt of too many messages')
    return { ...stanza, content: [{ ...list, content: list.content.slice(0, mostReceipted) }, ...rest] }
  }

  const notification = async (stanza: BinaryNode) => {
    if (stanza.attrs.type === 'mex' && hasMoreBytes(stanza, mostJsonBytes)) {
      onLeftOut('notification', 'a notification that is too long')
      return { ...stanza, content: [] }
    }
    const fewer = withFewerChildren(stanza)
    if (fewer !== stanza) onLeftOut('notification', 'a notification of too many things')
    return fewer
  }

  const call = async (stanza: BinaryNode) => {
    const nodes = [stanza, ...(Array.isArray(stanza.content) ? stanza.content : [])]
    if (nodes.every(({ attrs }) => Object.values(attrs).every(({ length }) => length <= longestName))) return stanza
    onLeftOut('call', 'a call with names that are too long')
    await ack(stanza)
    return undefined
  }

  const question = async (stanza: BinaryNode) => {
    if (ofDirty.take()) return stanza
    onLeftOut('ib', 'WhatsApp asks for the same again and again')
    return undefined
  }

  /** It is kept with the credentials, and sent ahead of each login. */
  const routing = async (stanza: BinaryNode) => {
    if (routesOf(stanza).every(({ content }) => content instanceof Uint8Array && isRoute(content))) return stanza
    onLeftOut('ib', 'a route that is none')
    return undefined
  }

  takeOver(ws, 'CB:ib,,edge_routing', routing)
  takeOver(ws, 'CB:receipt', receipt)
  takeOver(ws, 'CB:notification', notification)
  takeOver(ws, 'CB:call', call)
  takeOver(ws, 'CB:ib,,dirty', question)
}

const routesOf = ({ content }: BinaryNode): BinaryNode[] =>
  (Array.isArray(content) ? content : []).flatMap((child) => (Array.isArray(child.content) ? child.content : []))

const hasMoreBytes = ({ content }: BinaryNode, most: number) =>
  Array.isArray(content) && content.some((child) => child.content instanceof Uint8Array && child.content.length > most)

/** The same object when there is nothing to leave out. */
const withFewerChildren = (stanza: BinaryNode): BinaryNode => {
  if (!Array.isArray(stanza.content)) return stanza
  const content = stanza.content.slice(0, mostChildren).map(withFewerChildren)
  const isSame = content.length === stanza.content.length && content.every((child, n) => child === stanza.content?.[n])
  return isSame ? stanza : { ...stanza, content }
}

const isRoute = ({ length }: Uint8Array) => length > 0 && length <= mostRouteBytes

/** @param decide what the listeners get; undefined: nothing */
const takeOver = (ws: EventEmitter, event: string, decide: (stanza: BinaryNode) => Promise<BinaryNode | undefined>) => {
  const listeners = ws.listeners(event)
  ws.removeAllListeners(event)
  ws.on(event, async (stanza: BinaryNode) => {
    const taken = await decide(stanza)
    if (taken !== undefined) await Promise.all(listeners.map((listener) => listener(taken)))
  })
}
