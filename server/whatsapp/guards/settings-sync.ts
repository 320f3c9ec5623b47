/**
 * Shared settings: the library asks WhatsApp for a collection until an answer says that it is complete, in the one line in which
 * the account's keys are written. An answer that never says so would leave the session without its next message.
 */
import type { EventEmitter } from 'node:events'
import type { BinaryNode } from '../library.ts'

export interface SettingsSyncOptions {
  /** The collections that there are. */
  names: readonly string[]
  /** Told of each stanza of which something was left out. */
  onLeftOut: (cause: string) => void
}

/** An answer to a change may be without a collection; two in a row are none to a question. */
const mostInARow = 2

/** What is downloaded ends there as well: ten thousand records, which take the library almost two seconds in one go. */
const mostBytes = 2_097_152

/** @param ws the library's socket, in the tick in which it was made */
export const guardSettingsSync = (ws: EventEmitter, { names, onLeftOut }: SettingsSyncOptions): void => {
  const isKnown = ({ attrs }: BinaryNode) => names.includes(attrs.name ?? '')
  let inARow = 0

  /** No question is asked about a collection that no answer can name. */
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

  // The library tells of each stanza here before it gives it to who asked.
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

/** Of all contents, as deep as a collection has any: patches stand in a list. */
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
