/** How many begin in one turn of the event loop: some milliseconds of pages, each of which blocks it. */
const mostAtOnce = 8

/**
 * Calls functions in their order, at most eight in one turn of the event loop, so that what arrives meanwhile is not behind all of
 * them. An error of one is uncaught, as if it had been called by itself, and does not keep the others.
 * @returns what adds a function; it is called in a later turn
 */
export const createFewATurn = (): ((begin: () => void) => void) => {
  let waiting: (() => void)[] = []

  const turn = () => {
    const now = waiting.slice(0, mostAtOnce)
    waiting = waiting.slice(mostAtOnce)
    if (waiting.length > 0) setImmediate(turn)
    for (const begin of now) alone(begin)
  }

  return (begin) => {
    waiting.push(begin)
    if (waiting.length === 1) setImmediate(turn)
  }
}

const alone = (begin: () => void) => {
  try {
    begin()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
