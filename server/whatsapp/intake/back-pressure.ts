/** Back-pressure: pauses a socket while too many stanzas wait in memory. */

/** What this needs of a WebSocket. */
export interface Pausable {
  pause(): void
  resume(): void
}

export interface BackPressure {
  /** Call with the number that waits, each time that it changes. */
  weigh(waiting: number): void
  /** Call when the library starts (1) or stops (-1) to wait for an answer, which comes after all unread data. */
  awaitAnswer(more: 1 | -1): void
  /** Stops controlling the socket. */
  close(): void
}

const most = 256
const few = 64
/**
 * A paused socket is read from time to time nevertheless: otherwise its end would not be noticed, and the library considers a
 * connection dead after half a minute of silence.
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
    // The library must process what waits, and needs that answer for it.
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
