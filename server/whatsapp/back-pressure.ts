/** Stops reading from a socket while more waits than should be held in memory. */

/** What this needs of a WebSocket. */
export interface Pausable {
  pause(): void
  resume(): void
}

export interface BackPressure {
  /** Call with the number that waits, each time that it changes. */
  weigh(waiting: number): void
  /** Lets go of the socket. */
  close(): void
}

const most = 256
const few = 64
/**
 * Nothing is heard of a connection that is not read, not even its end, and the library takes one that is silent for half a minute
 * for dead: so it is read from time to time, whatever waits.
 */
const breathMs = 10_000

/** @param socketOf the socket as it is now; absent when there is none */
export const createBackPressure = (socketOf: () => Pausable | null | undefined): BackPressure => {
  let breath: NodeJS.Timeout | undefined
  let isPaused = false

  const resume = () => {
    clearTimeout(breath)
    if (!isPaused) return
    isPaused = false
    socketOf()?.resume()
  }

  return {
    weigh(waiting) {
      if (isPaused && waiting <= few) resume()
      if (isPaused || waiting <= most) return
      isPaused = true
      socketOf()?.pause()
      breath = setTimeout(resume, breathMs)
    },
    close: resume,
  }
}
