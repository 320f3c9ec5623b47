/** Keys that a person presses in the terminal of the sandbox. */
import type { OtherSide } from './other-side.ts'

/** A terminal that can be told to give each key at once, such as `process.stdin`. */
export interface Terminal {
  setRawMode(mode: boolean): unknown
  setEncoding(encoding: 'utf8'): unknown
  on(event: 'data', listener: (keys: string) => void): unknown
}

const keysHelp = `
  s  a phone scans the newest QR code
  m  a message comes in
  r  the contact reacts to your newest message
  e  the contact edits the newest message of their own
  x  WhatsApp refuses your next message to the contact
  u  your next message is unreadable at first, and the phone requests it again
  d  the connection drops
  h  this help
  q  ends the sandbox
`

const controlC = '\u0003'

/**
 * Listens until the process ends. Each key is answered by a line, what cannot be done too.
 * @param end what `q` and Ctrl-C do: a terminal that gives single keys sends no signals
 */
export const listenToKeys = (
  terminal: Terminal,
  { scan, message, react, edit, refuse, misread, drop }: OtherSide,
  { say, end }: { say: (line: string) => void; end: () => void },
): void => {
  const acts: Record<string, () => Promise<string> | string> = {
    s: scan,
    m: () => message(),
    r: () => react(),
    e: () => edit(),
    x: () => refuse(),
    u: misread,
    d: drop,
    h: () => keysHelp,
  }
  const press = async (key: string) => {
    if (key === 'q' || key === controlC) return end()
    try {
      const done = await acts[key]?.()
      if (done !== undefined) say(done)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
    }
  }
  terminal.setRawMode(true)
  terminal.setEncoding('utf8')
  terminal.on('data', (keys: string) => {
    for (const key of keys) void press(key)
  })
}
