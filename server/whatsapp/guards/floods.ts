/**
 * Rate limits for small stanzas that cause much work for the gateway, WhatsApp or the account's phone: a query for all groups, a new
 * encryption session, a fact for each of sixty thousand ids. A stanza over its budget is acknowledged and otherwise ignored.
 */
import type { EventEmitter } from 'node:events'
import type { Jid } from '../../model/jid.ts'
import { bareJid } from '../../model/jid.ts'
import type { BinaryNode } from '../library.ts'
import { createRetryBudget, type RetryBudget } from './retry-budget.ts'

export interface FloodsOptions {
  /** Epoch ms. */
  clock: () => number
  /** Whether we have sent a message with this id in a chat. */
  isOurs: (chat: Jid, id: string) => Promise<boolean>
  /** Acknowledges a stanza. */
  ack: (stanza: BinaryNode) => Promise<unknown>
  /** Called for each stanza that was dropped, completely or in part. */
  onLeftOut: (event: string, cause: string) => void
}

/** The most ids of one receipt: a phone acknowledges all unread messages of a chat in one. */
const mostReceipted = 2_000

/**
 * The most children of each list of a notification. The library emits an event for each post of a channel, synchronously; if the store
 * falls too far behind, the notification comes again at each login.
 */
const mostChildren = 2_000

/** Some two thousand addresses of a person, as JSON. */
const mostJsonBytes = 65_536

/** Call offers: the library keeps each for five minutes. */
const longestName = 512

/** Retry requests: each device of a person asks for a few messages, five times at most. */
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
    // Moves it to the end: the least recently used is evicted first.
    ofAsker.delete(asker)
    ofAsker.set(asker, budget)
    const [longestAgo] = ofAsker.keys()
    if (ofAsker.size > askers.most && longestAgo !== undefined) ofAsker.delete(longestAgo)
    return budget.take() && ofAll.take()
  }

  /** The library first creates a new encryption session, and all other receipts wait for WhatsApp's answer. */
  const isOfUse = async ({ attrs: { from, recipient, id = '' } }: BinaryNode): Promise<boolean> => {
    for (const chat of [bareJid(recipient), bareJid(from)])
      if (chat !== undefined && (await isOurs(chat, id))) return true
    return false
  }

  const receipt = async (stanza: BinaryNode) => {
    if (stanza.attrs.type !== 'retry') return shortened(stanza)
    if (mayAskAgain(stanza) && (await isOfUse(stanza))) return shortened(stanza)
    onLeftOut('receipt', 'somebody requests messages that are not ours, or requests too often')
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

  /** It is stored with the credentials, and sent before each login. */
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

/** The same object if nothing is dropped. */
const withFewerChildren = (stanza: BinaryNode): BinaryNode => {
  if (!Array.isArray(stanza.content)) return stanza
  const content = stanza.content.slice(0, mostChildren).map(withFewerChildren)
  const isSame = content.length === stanza.content.length && content.every((child, n) => child === stanza.content?.[n])
  return isSame ? stanza : { ...stanza, content }
}

const isRoute = ({ length }: Uint8Array) => length > 0 && length <= mostRouteBytes

/** @param decide returns what the listeners get; undefined = nothing */
const takeOver = (ws: EventEmitter, event: string, decide: (stanza: BinaryNode) => Promise<BinaryNode | undefined>) => {
  const listeners = ws.listeners(event)
  ws.removeAllListeners(event)
  ws.on(event, async (stanza: BinaryNode) => {
    const taken = await decide(stanza)
    if (taken !== undefined) await Promise.all(listeners.map((listener) => listener(taken)))
  })
}
