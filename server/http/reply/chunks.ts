/** Sends an answer that is produced while it is sent. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Context } from 'koa'
import type { Chunks } from '../../model/reply.ts'
import { begin, type Head } from './head.ts'

export interface ChunkOptions {
  /** The number of bytes, if known. */
  length?: number | undefined
  /** Called when the answer failed after its first byte. The connection is aborted, so that the client cannot take a part for the whole. */
  onBroken: (error: unknown) => void
}

/**
 * Sends the head with the first chunk; the rest follows in the background.
 * @throws what the source throws before its first chunk, which can still be answered
 */
export const sendChunks = async (
  ctx: Context,
  head: Head,
  chunks: Chunks,
  { length, onBroken }: ChunkOptions,
): Promise<void> => {
  const rest = chunks[Symbol.asyncIterator]()
  // Not in a `finally` of `whole`, which never starts if the caller has already disconnected.
  const close = () => rest.return?.()
  const first = await rest.next()
  try {
    begin(ctx, { ...head, headers: { ...head.headers, 'Content-Length': length } })
  } catch (error) {
    await close()
    throw error
  }
  ctx.respond = false
  pipeline(Readable.from(whole(first, rest, length)), ctx.res)
    .finally(close)
    .catch(onBroken)
}

/** @throws Error for fewer or more bytes than `Content-Length`: the client would misread the next answer on the connection */
async function* whole(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
  length: number | undefined,
): AsyncGenerator<Uint8Array> {
  let sent = 0
  for (let step = first; !step.done; step = await rest.next()) {
    sent += step.value.byteLength
    if (sent > (length ?? sent)) break
    yield step.value
  }
  if (sent !== (length ?? sent)) throw new Error(`an answer of ${length} bytes has ${sent}`)
}
