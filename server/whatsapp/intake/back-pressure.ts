/** Stops reading from a socket while more waits than should be held in memory. */

/** What this needs of a WebSocket. */
export interface Pausable {
  pause(): void
  resume(): void
}

export interface BackPressure {
  /** Call with the number that waits, each time that it changes. */
  weigh(waiting: number): void
  /** Call when the library begins (1) or ends (-1) to wait for an answer: it comes behind all that is not read. */
  awaitAnswer(more: 1 | -1): void
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
  let held = 0
  let answers = 0

  const pause = () => {
    if (isPaused) return
    isPaused = true
    socketOf()?.pause()
    breath = setTimeout(resume, breathMs)
  }

  const resume = () => {
    clearTimeout(breath)
    if (!isPaused) return
    isPaused = false
    socketOf()?.resume()
  }

  const decide = () => {
    // What waits is worked off by the library, and the library waits for that answer.
    if (answers > 0 || held <= few) resume()
    else if (held > most) pause()
  }

  return {
    weigh(waiting) {
      held = waiting
      decide()
    },
    awaitAnswer(more) {
      answers += more
      decide()
    },
    close: resume,
  }
}
