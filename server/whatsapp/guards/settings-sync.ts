/**
 * Guards the sync of shared settings: the library requests a collection until an answer says that it is complete, and holds the lock of
 * the account's keys meanwhile. Answers that never say so would block the session's messages.
 */
import type { EventEmitter } from 'node:events'
import type { BinaryNode } from '../library.ts'

export interface SettingsSyncOptions {
  /** The collections that there are. */
  names: readonly string[]
  /** Called for each stanza from which something was removed. */
  onLeftOut: (cause: string) => void
}

/** An answer to a change may have no collection; two consecutive ones cannot be answers to a request. */
const mostInARow = 2

/** The most records, in downloads as well: ten thousand take the library almost two seconds in one go. */
const mostBytes = 2_097_152

/** @param ws the library's socket, in the tick in which it was made */
export const guardSettingsSync = (ws: EventEmitter, { names, onLeftOut }: SettingsSyncOptions): void => {
  const isKnown = ({ attrs }: BinaryNode) => names.includes(attrs.name ?? '')
  let inARow = 0

  /** No request contains a collection that no answer can name. */
  const withoutUnknown = (stanza: BinaryNode): BinaryNode => {
    if (stanza.attrs.type !== 'server_sync' || !Array.isArray(stanza.content)) return stanza
    const content = stanza.content.filter((child) => child.tag !== 'collection' || isKnown(child))
    if (content.length === stanza.content.length) return stanza
    onLeftOut('a change of settings that nobody knows')
    return { ...stanza, content }
  }

  const isOfUse = (collection: BinaryNode) =>
    isKnown(collection) && (collection.attrs.has_more_patches !== 'true' || childrenOf(collection).length > 0)

  const listeners = ws.listeners('CB:notification')
  ws.removeAllListeners('CB:notification')
  for (const listener of listeners) ws.on('CB:notification', (stanza: BinaryNode) => listener(withoutUnknown(stanza)))

  const refuse = (answer: BinaryNode, cause: string) => {
    onLeftOut(cause)
    answer.attrs.type = 'error'
    answer.content = [{ tag: 'error', attrs: { code: '500', text: 'no settings in the answer' } }]
  }

  // The library emits each stanza here before it resolves the query.
  ws.on('frame', (frame: unknown) => {
    if (!isResult(frame)) return
    const sync = childrenOf(frame).find(({ tag }) => tag === 'sync')
    if (sync === undefined) return
    const isAnswer = childrenOf(sync).some((child) => child.tag === 'collection' && isOfUse(child))
    inARow = isAnswer ? 0 : inARow + 1
    if (bytesOf(sync) > mostBytes) refuse(frame, 'settings that are too large')
    if (inARow <= mostInARow) return
    inARow = 0
    refuse(frame, 'settings that never end')
  })
}

const childrenOf = ({ content }: BinaryNode): BinaryNode[] => (Array.isArray(content) ? content : [])

/** All contents, to the depth of a collection: patches are in a list. */
const bytesOf = (node: BinaryNode, depth = 0): number => {
  if (node.content instanceof Uint8Array) return node.content.length
  return depth > 4 ? 0 : childrenOf(node).reduce((sum, child) => sum + bytesOf(child, depth + 1), 0)
}

const isResult = (frame: unknown): frame is BinaryNode =>
  typeof frame === 'object' &&
  frame !== null &&
  'tag' in frame &&
  frame.tag === 'iq' &&
  (frame as BinaryNode).attrs.type === 'result'
