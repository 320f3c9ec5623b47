import type { EventEmitter } from 'node:events'

/**
 * Catches what the library's own listeners throw, synchronously or later. Otherwise one unexpected stanza causes an unhandled
 * rejection, which ends the process and all its sessions.
 *
 * A guarded listener returns a promise that resolves when it is done.
 * @param emitter the library's socket, in the tick in which it was made
 * @param guards whether the listeners of this event are to be guarded
 * @param onError called for each error; the other listeners still run
 */
export const guardListeners = (
  emitter: EventEmitter,
  guards: (event: string) => boolean,
  onError: (event: string, error: unknown) => void,
): void => {
  for (const event of emitter.eventNames()) {
    if (typeof event !== 'string' || !guards(event)) continue
    const listeners = emitter.listeners(event) as Listener[]
    emitter.removeAllListeners(event)
    for (const listener of listeners)
      emitter.on(
        event,
        guarded(listener, (error) => onError(event, error)),
      )
  }
}

type Listener = Parameters<EventEmitter['on']>[1]

const guarded =
  (listener: Listener, onError: (error: unknown) => void): Listener =>
  (...args) => {
    // Starts in this tick, as the library expects, and turns a throw into a rejection.
    const running = (async () => listener(...args))()
    return running.catch(onError)
  }
