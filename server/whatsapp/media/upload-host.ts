/** Puts an encrypted file on a media host of WhatsApp, streamed. */
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { MediaKind } from '../../model/attachment.ts'
import type { FileToPut } from '../../ports/outgoing-files.ts'

/** `refused`: no host takes the file. `expired`: the authorization is too old. `trouble`: a retry may work. */
export type UploadFailureKind = 'refused' | 'too_large' | 'expired' | 'trouble'

export class UploadFailure extends Error {
  override name = 'UploadFailure'
  readonly kind: UploadFailureKind

  constructor(kind: UploadFailureKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export interface UploadHost {
  /** @throws UploadFailure */
  put(file: FileToPut, to: { hostname: string; auth: string }, signal: AbortSignal): Promise<Located>
}

/** Where a host has put a file. */
export interface Located {
  url: string
  directPath: string
}

const paths: Record<MediaKind, string> = {
  image: '/mms/image',
  video: '/mms/video',
  audio: '/mms/audio',
  document: '/mms/document',
  sticker: '/mms/image',
}

/** How long a host may take no byte, or give no answer. */
const idleMs = 30_000
const maxAnswerBytes = 64 * 1024

/** @param base another host over plain HTTP that stands for all, on a loopback address, for tests */
export const createUploadHost = (base?: string): UploadHost => ({
  async put({ file, read }, { hostname, auth }, signal) {
    // A manipulated list of hosts would have the gateway call somebody else.
    if (!/^[\w-]+(\.[\w-]+)*\.whatsapp\.net$/.test(hostname)) throw new UploadFailure('trouble', 'not a media host')
    const url = addressOf(base ?? `https://${hostname}`, file.keys, auth)
    const request = open(url, { hostname, length: file.encryptedSize }, signal)
    const answered = answerTo(request)
    // A host may answer before it has everything, and then takes no more.
    pipeline(Readable.from(read()), request).catch(() => {})
    return locatedIn(await answered)
  },
})

const addressOf = (base: string, { kind, encSha256 }: FileToPut['file']['keys'], auth: string): URL => {
  const hash = Buffer.from(encSha256).toString('base64url')
  const url = new URL(`${paths[kind]}/${hash}`, base)
  url.searchParams.set('auth', auth)
  url.searchParams.set('token', hash)
  return url
}

const open = (url: URL, { hostname, length }: { hostname: string; length: number }, signal: AbortSignal) => {
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      host: hostname,
      origin: 'https://web.whatsapp.com',
      'content-type': 'application/octet-stream',
      'content-length': length,
    },
    agent: false,
    signal,
  }
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options)
  request.setTimeout(idleMs, () => request.destroy(new Error('no data came')))
  return request
}

const answerTo = (request: ClientRequest): Promise<string> =>
  new Promise((resolve, reject) => {
    const fail = (cause?: unknown) => reject(new UploadFailure('trouble', 'the media host gives no answer', { cause }))
    request.on('error', fail)
    request.on('close', () => fail())
    request.on('response', (answer) => {
      textOf(answer).then((text) => {
        const failure = failureOf(answer.statusCode ?? 0)
        if (failure === undefined) resolve(text)
        else reject(failure)
      }, fail)
    })
  })

const textOf = async (answer: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxAnswerBytes) throw new Error('a long answer')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const failureOf = (status: number): UploadFailure | undefined => {
  if (status === 200) return undefined
  const message = `the media host answers ${status}`
  if (status === 401 || status === 403) return new UploadFailure('expired', message)
  if (status === 413) return new UploadFailure('too_large', message)
  const isFinal = status >= 400 && status <= 499 && ![408, 425, 429].includes(status)
  return new UploadFailure(isFinal ? 'refused' : 'trouble', message)
}

/** @throws UploadFailure for an answer without a place, or with one that is elsewhere */
const locatedIn = (text: string): Located => {
  const { url, direct_path: directPath } = parsed(text)
  const isPath = typeof directPath === 'string' && directPath.startsWith('/') && directPath.length <= 4_096
  if (!isPath || typeof url !== 'string' || !URL.canParse(url) || url.length > 4_096)
    throw new UploadFailure('trouble', 'the media host does not say where the file is')
  return { url, directPath }
}

const parsed = (text: string): { url?: unknown; direct_path?: unknown } => {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
