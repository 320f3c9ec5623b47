import type { EventEmitter } from 'node:events'

/**
 * Catches what the library's own listeners throw, now or later. Unguarded, one stanza that the library doesn't expect is an
 * unhandled rejection, which ends the process and every session in it.
 *
 * A guarded listener returns a promise of its end, for who calls it by hand.
 * @param emitter the library's socket, in the tick in which it was made
 * @param guards whether the listeners of this event are to be guarded
 * @param onError told of each error; the other listeners go on
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
    // Begins in this tick, as the library expects, and turns a throw into a rejection.
    const running = (async () => listener(...args))()
    return running.catch(onError)
  }
