/**
 * WhatsApp may compress frames, and the library decompresses them without a limit: 16 MB can become 16 GB. The library captures
 * `inflate` when it is loaded, so it is given one with a limit then.
 */
import { syncBuiltinESMExports } from 'node:module'
import zlib, { type InputType, type ZlibOptions } from 'node:zlib'

/** The largest uncompressed frame; a compressed one must not be larger after decompression. */
const maxInflatedBytes = 16 * 1024 * 1024

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
