/** Installs all guards between WhatsApp's stanzas and the library, in the required order. */
import type { EventEmitter } from 'node:events'
import type { WASocket } from '../library.ts'
import { createBrokenFrames } from './broken-frames.ts'
import { guardFloods } from './floods.ts'
import { guardListeners } from './guard-listeners.ts'
import { pairOnce } from './pairing-once.ts'
import { onlyReadableRefs } from './pairing-refs.ts'
import { type InTurns, readInTurns } from './read-in-turns.ts'
import { guardSettingsSync } from './settings-sync.ts'
import { onlyWholeFrames } from './whole-frames.ts'

export interface GuardsOptions {
  /** Epoch ms. */
  clock: () => number
  /** Names of the existing collections of settings. */
  collections: readonly string[]
  isPaired: () => boolean
  /** Whether we have sent a message with this id in a chat. */
  isOurs: (chat: string, id: string) => Promise<boolean>
  /** Called for each stanza that was dropped, completely or in part, with the library's name of the event. */
  onLeftOut: (event: string, cause: unknown) => void
  /** Called when nothing more can be read on this connection. `detail` is for an operator. */
  onBroken: (detail: string) => void
}

/** What this needs of the library's socket. */
export type Guarded = Pick<WASocket, 'ws' | 'sendMessageAck'>

/** Call in the tick in which the socket was created, before any of the library's listeners is replaced. */
export const installGuards = (socket: Guarded, options: GuardsOptions): void => {
  const { ws } = socket
  const { clock, collections, isPaired, isOurs, onLeftOut, onBroken } = options
  onlyWholeFrames(ws)
  readInTurns(ws as EventEmitter as InTurns)
  const onFrame = createBrokenFrames(ws, {
    onLeftOut: (error) => onLeftOut('frame', error),
    onBroken: () => onBroken('WhatsApp sent something that could not be read'),
  })
  onlyReadableRefs(ws, () => onBroken('WhatsApp offered no code that can be shown'))
  pairOnce(ws, isPaired, (event) => onLeftOut(event, 'the session is paired'))
  guardSettingsSync(ws, { names: collections, onLeftOut: (cause) => onLeftOut('settings', cause) })
  guardFloods(ws, { clock, isOurs, ack: (stanza) => socket.sendMessageAck(stanza), onLeftOut })
  // Last, so that it also catches what the other guards throw.
  guardListeners(
    ws,
    (event) => event.startsWith('CB:') || event === 'message',
    (event, error) => (event === 'message' ? onFrame(error) : onLeftOut(event, error)),
  )
}
