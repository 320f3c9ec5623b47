/** A text that stays the same while the gateway runs: compressed once, and not sent again to who has it. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Context } from 'koa'
import type { ContractReply } from './contract.ts'

/** The best first. Levels that take well under a second for a megabyte. */
const codings: Record<string, (bytes: Buffer) => Promise<Buffer>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
}

/** @param headers of each answer with the text, besides those of caching and coding */
export const createFixedText = (text: string, type: string, headers: Record<string, string> = {}) => {
  const plain = Buffer.from(text)
  // Weak: the same text in any coding.
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  const coded = new Map<string, Promise<Buffer>>()

  const bytesIn = (coding: string): Promise<Buffer> => {
    const bytes = coded.get(coding) ?? codings[coding]?.(plain) ?? Promise.resolve(plain)
    coded.set(coding, bytes)
    return bytes
  }

  return async (ctx: Context): Promise<ContractReply> => {
    ctx.set({ ...headers, ETag: etag, 'Cache-Control': 'no-cache' })
    ctx.vary('Accept-Encoding')
    ctx.status = 200
    if (ctx.fresh) return { status: 304 }
    const coding = Object.keys(codings).find((one) => ctx.acceptsEncodings(one) === one)
    const body = await bytesIn(coding ?? 'identity')
    return { status: 200, type, body, headers: { 'Content-Encoding': coding } }
  }
}
