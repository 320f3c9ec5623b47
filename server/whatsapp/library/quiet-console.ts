/**
 * Lines that the Signal library prints to the console, regardless of the logger. The session lines contain whole session objects with
 * private, root and chain keys, in normal operation; the others are noise.
 */
const unwanted = [
  'Closing session:',
  'Opening session:',
  'Removing old closed session:',
  'Session already closed',
  'Session already open',
  'Closing open session in favor of incoming prekey bundle',
  'Decrypted message with closed session',
  'Migrating session to:',
  'V1 session storage migration error',
  'Failed to decrypt message with any known session',
  'Session error:',
  'Unhandled bucket type',
]

const methods = ['log', 'info', 'warn', 'error', 'debug'] as const

/** Marks a filtered method, so that it is not filtered twice. */
const filtered = Symbol('filtered')

/**
 * Drops those lines from the console for the life of the process. Call it before the library is loaded.
 * @param target the console to filter
 */
export const quietConsole = (target: Pick<Console, (typeof methods)[number]> = console): void => {
  for (const method of methods) {
    const print = target[method]
    if (filtered in print) continue
    const filter = (...args: unknown[]) => {
      const [first] = args
      if (typeof first === 'string' && unwanted.some((start) => first.startsWith(start))) return
      print.apply(target, args)
    }
    target[method] = Object.assign(filter, { [filtered]: true })
  }
}
