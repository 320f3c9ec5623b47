/**
 * WhatsApp may pack what it sends, and the library unpacks it into as much memory as it takes: sixteen million bytes can become
 * sixteen thousand millions. It takes hold of `inflate` when it is loaded, and what it takes hold of then has a limit.
 */
import { syncBuiltinESMExports } from 'node:module'
import zlib, { type InputType, type ZlibOptions } from 'node:zlib'

/** What a frame can carry at most that is not packed. A packed one may say as much, and not more. */
export const maxInflatedBytes = 16 * 1024 * 1024

type Callback = (error: Error | null, result: Buffer) => void

/** Loads a module for which `inflate` has that limit, where it gives none itself. */
export const loadBounded = async <T>(load: () => Promise<T>): Promise<T> => {
  const { inflate } = zlib
  const bounded = (input: InputType, options: ZlibOptions | Callback, callback?: Callback) =>
    typeof options === 'function'
      ? inflate(input, { maxOutputLength: maxInflatedBytes }, options)
      : inflate(input, { maxOutputLength: maxInflatedBytes, ...options }, callback as Callback)
  zlib.inflate = bounded as typeof inflate
  syncBuiltinESMExports()
  try {
    return await load()
  } finally {
    zlib.inflate = inflate
    syncBuiltinESMExports()
  }
}
