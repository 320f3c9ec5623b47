/** Sends a reply: a value, a file or a range of it, a stream of chunks, or events. */
import type { Context } from 'koa'
import { rangeNotSatisfiable } from '../../model/errors.ts'
import { release } from '../../model/release.ts'
import type { RangedFile } from '../../model/reply.ts'
import type { ContractReply } from '../contract.ts'
import { sendChunks } from './chunks.ts'
import { sendEvents, uncollected } from './events.ts'
import { begin, type Head } from './head.ts'
import { isKnown, rangeOf } from './range.ts'

export interface SendOptions {
  stopping: AbortSignal
  /** Tells the handler that the answer is no longer needed. */
  abort: () => void
  onBroken: (error: unknown) => void
}

/** @throws GatewayError 416; what a stream throws before its first byte. Nothing was sent then. */
export const send = async (ctx: Context, reply: ContractReply, options: SendOptions): Promise<void> => {
  const { status, type, headers, file, stream, length, events, heartbeatMs } = reply
  const isEmpty = ctx.method === 'HEAD'
  const head = { status, headers: { ...headers, ...(events && uncollected), 'Content-Type': type } }
  if (file !== undefined) return sendFile(ctx, head, file, options)
  if (isEmpty && (stream ?? events) !== undefined) return sendHead(ctx, head, options)
  if (stream !== undefined) return sendChunks(ctx, head, stream, { ...options, length })
  if (events !== undefined) return sendEvents(ctx, head, events, { ...options, heartbeatMs })
  if (isPlain(reply) && isOpen(ctx)) sendPlain(ctx, reply, options)
  else sendValue(ctx, reply)
}

/** JSON, or nothing with a status that has no body: almost every answer. */
const isPlain = ({ status, type, body }: ContractReply) =>
  type === undefined && (body === undefined) === (status === 204)

/** Whether the caller is still connected. */
const isOpen = ({ res, writable }: Context) => writable && !res.destroyed

/**
 * Writes head and body together. Koa would check each header and ask for the type by its name, which takes longer than everything
 * else of a small answer.
 */
const sendPlain = (ctx: Context, { status, headers, body }: ContractReply, { stopping }: SendOptions) => {
  const { res } = ctx
  const bytes = body === undefined ? undefined : bytesOf(body)
  const head: Record<string, string> = {}
  for (const name in headers) if (headers[name] !== undefined) head[name] = String(headers[name])
  if (bytes !== undefined) {
    head['Content-Type'] = 'application/json; charset=utf-8'
    head['Content-Length'] = String(Buffer.byteLength(bytes))
  }
  if (stopping.aborted) head.Connection = 'close'
  res.writeHead(status, head)
  ctx.respond = false
  if (bytes === undefined || ctx.method === 'HEAD') res.end()
  else if (typeof bytes === 'string') res.end(bytes)
  // Only when all of it was handed to the system: the socket reads it until then.
  else res.end(bytes, () => release(bytes))
}

/** Text is JSON from the database and is sent as it is. */
const bytesOf = (body: unknown): string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)

const sendValue = (ctx: Context, { status, type = 'application/json', headers, body }: ContractReply) => {
  begin(ctx, { status, headers })
  if (body === undefined) {
    ctx.body = null
    ctx.status = status
    return
  }
  ctx.type = type
  ctx.body = bytesOf(body)
}

const sendFile = async (ctx: Context, { status, headers }: Head, file: RangedFile, options: SendOptions) => {
  const { size, etag } = file
  if (isKnown(ctx.headers, file)) return sendHead(ctx, { status: 304, headers: { ETag: etag } }, options)
  const range = ctx.method === 'GET' ? rangeOf(ctx.headers, file) : undefined
  if (range === 'none') throw rangeNotSatisfiable(size)
  const { start, end } = range ?? { start: 0, end: size }
  const length = end - start
  const part = range && { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }
  const head = {
    status: range === undefined ? status : 206,
    headers: { ...headers, ETag: etag, 'Accept-Ranges': 'bytes', 'Content-Length': length, ...part },
  }
  if (ctx.method === 'HEAD') sendHead(ctx, head, options)
  else await sendChunks(ctx, head, file.read({ start, end }), { ...options, length })
}

/** HEAD and 304: sends the head only. No stream is started, and the handler is told that nobody will read it. */
const sendHead = (ctx: Context, head: Head, { abort }: Pick<SendOptions, 'abort'>) => {
  begin(ctx, head)
  ctx.respond = false
  ctx.res.end()
  abort()
}
