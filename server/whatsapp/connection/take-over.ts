import type { EventEmitter } from 'node:events'
import type { Me } from '../../model/account.ts'
import { type GuardsOptions, installGuards } from '../guards/guards.ts'
import { guardPairing } from '../guards/pairing-guard.ts'
import type { AuthenticationCreds, ConnectionState, WASocket } from '../library.ts'
import { type FactEvent, factEvents } from '../reading/reading.ts'

export interface TakeOverOptions {
  /** Called with each event that carries facts, in WhatsApp's order. */
  onFacts: (event: FactEvent, data: unknown) => void
  /** Called when something from WhatsApp is about to be processed. */
  onWork: () => void
  onCreds: (changed: Partial<AuthenticationCreds>) => void
  onConnection: (update: Partial<ConnectionState>) => void
  /** The only account that may be paired; absent = any. */
  owner?: Me
  /** Called when another account tried to link itself; WhatsApp has not linked it. */
  onOtherAccount: () => void
  guards: GuardsOptions
  /** Replaces the library's listeners for messages and for what is stored before the library gets it. */
  takeStanzas: () => void
  /** Called when WhatsApp answers with an HTTP status instead of a WebSocket. */
  onUpgradeRefused: (status: number) => void
}

/** What this needs of the library's socket. */
export type TakenOver = Pick<WASocket, 'ev' | 'ws' | 'sendNode' | 'sendMessageAck'>

/**
 * Puts the gateway between WhatsApp and the library. Call it in the tick in which the socket was made, when nothing has happened
 * on it yet. Each step takes the place of listeners that it finds, so their order is a part of what they do.
 */
export const takeOver = (socket: TakenOver, options: TakeOverOptions): void => {
  // Before anything is told: facts do not pass through the library's buffer of events.
  takeFacts(socket, options.onFacts)
  // Before the guards, which leave frames out: reading one is work as well.
  hearFrames(socket, options.onWork)
  socket.ev.on('creds.update', options.onCreds)
  socket.ev.on('connection.update', options.onConnection)
  // Inside of the guards: should our own reading of a pairing break, it is caught like the library's.
  if (options.owner !== undefined) guardPairing(socket, options.owner, options.onOtherAccount)
  installGuards(socket, options.guards)
  // Around the guards: what is passed on to the library has its errors caught, and says when the library is done with it.
  options.takeStanzas()
  hearRefusedUpgrade(socket, options.onUpgradeRefused)
}

/**
 * The library's events are taken where it emits them, ahead of its event buffer. The buffer holds messages for up to 30 seconds
 * after a login and drops what it holds when the socket ends, merges edits into the originals, and adds "read elsewhere" to
 * the unread count of messages that came before; facts are stored in the order in which WhatsApp told them.
 */
const takeFacts = ({ ev }: TakenOver, onFacts: TakeOverOptions['onFacts']) => {
  const emitForLibrary = ev.emit
  ev.emit = (event, data) => {
    if (!isFactEvent(event)) return emitForLibrary(event, data)
    onFacts(event, data)
    // The library needs this event for its own table of addresses; only we listen to the others.
    return event === 'lid-mapping.update' ? emitForLibrary(event, data) : true
  }
}

const isFactEvent = (event: string): event is FactEvent => (factEvents as readonly string[]).includes(event)

const hearFrames = ({ ws }: TakenOver, onWork: () => void) => {
  ws.on('frame', (frame: { tag?: string; content?: unknown }) => {
    // The answer to a ping has no content, and is no sign of work.
    if (frame.tag !== 'iq' || frame.content !== undefined) onWork()
  })
}

/** The library does not handle a refused WebSocket upgrade, and would wait forever. */
const hearRefusedUpgrade = ({ ws }: TakenOver, onRefused: (status: number) => void) => {
  ;(ws as EventEmitter).on('unexpected-response', (_request: unknown, response: { statusCode?: number }) =>
    onRefused(response.statusCode ?? 0),
  )
}
