/**
 * The library's own downloads: settings that are too large for a stanza. The library pipes a body into its decryption without an error
 * listener, so an interrupted body would end the process. Here it gets complete bodies, or an error instead of an answer.
 */
import { type DownloadLimits, MediaFailure } from '../../ports/whatsapp/media.ts'
import { type MediaHost, whatsappMedia } from './media-host.ts'
import { createPatience } from './patience.ts'

/** The part of undici's dispatcher that `fetch` needs. */
export interface Dispatcher {
  dispatch(options: Requested, handler: Handler): boolean
}

interface Requested {
  origin?: string | URL
  path: string
  method: string
}

/** Both handler interfaces: `fetch` of Node 22 and 24 uses the first, undici 8 the second. */
interface Handler {
  onConnect?(abort: (reason?: Error) => void): void
  onHeaders?(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean
  onData?(chunk: Buffer): boolean
  onComplete?(trailers: string[]): void
  onError?(error: Error): void
  onRequestStart?(controller: Controller, context: object): void
  onResponseStart?(controller: Controller, status: number, headers: Record<string, string>, statusText: string): void
  onResponseData?(controller: Controller, chunk: Buffer): void
  onResponseEnd?(controller: Controller, trailers: Record<string, string>): void
  onResponseError?(controller: Controller, error: Error): void
}

interface Controller {
  readonly aborted: boolean
  readonly paused: boolean
  readonly reason: Error | null
  abort(reason: Error): void
  pause(): void
  resume(): void
}

export interface LibraryDownloadsOptions {
  host: Pick<MediaHost, 'get'>
  limits: Omit<DownloadLimits, 'signal'>
  /** The end of the connection ends its downloads. */
  signal: AbortSignal
  /** Called for each failed download. */
  onFailure: (failure: MediaFailure) => void
  /** Milliseconds of a monotonic clock. */
  clock?: () => number
}

/**
 * For `options.dispatcher` of the library's configuration. The library waits for a body while it holds the lock of the account's keys,
 * which all messages of the session may need: a host that does not answer would block them once for each change of settings. The time
 * for failed or slow downloads is limited for all downloads of a connection together.
 */
export const libraryDownloads = (options: LibraryDownloadsOptions): Dispatcher => {
  const { host, limits, signal, onFailure, clock = () => performance.now() } = options
  const patience = createPatience(clock)

  const waited = async (path: string, aborted: AbortSignal) => {
    const totalMs = Math.min(limits.totalMs, patience.left())
    if (totalMs === 0) throw new MediaFailure('trouble', 'the media host failed to answer too often')
    const began = clock()
    let dueMs = 0
    try {
      const body = await host.get(path, { ...limits, totalMs, signal: AbortSignal.any([signal, aborted]) })
      dueMs = body.length / slowLine
      return body
    } finally {
      patience.spend(clock() - began - dueMs)
    }
  }

  const bodyOf = async ({ origin, path, method }: Requested, aborted: AbortSignal) => {
    // Another host comes from a manipulated path: somebody wants the gateway to call it.
    if (method !== 'GET' || String(origin) !== whatsappMedia) throw new MediaFailure('refused', 'not on the media host')
    return waited(path, aborted)
  }

  return {
    dispatch(requested, handler) {
      const answer = answering(handler)
      bodyOf(requested, answer.aborted)
        .then(answer.give)
        .catch((error: unknown) => {
          const failure =
            error instanceof MediaFailure ? error : new MediaFailure('trouble', 'it was not taken', { cause: error })
          onFailure(failure)
          answer.fail(failure)
        })
      return true
    },
  }
}

/** Bytes per millisecond of the slowest acceptable line: 20 kB a second. */
const slowLine = 20

/** Passes a complete answer to a handler. */
const answering = (handler: Handler) => {
  const abort = new AbortController()
  const controller: Controller = {
    get aborted() {
      return abort.signal.aborted
    },
    paused: false,
    get reason() {
      return abort.signal.aborted ? abort.signal.reason : null
    },
    abort: (reason) => abort.abort(reason),
    pause: () => {},
    resume: () => {},
  }
  const isNewer = handler.onRequestStart !== undefined
  if (isNewer) handler.onRequestStart?.(controller, {})
  else handler.onConnect?.((reason) => abort.abort(reason))
  return {
    aborted: abort.signal,
    give(body: Buffer) {
      abort.signal.throwIfAborted()
      const length = String(body.length)
      if (isNewer) {
        handler.onResponseStart?.(controller, 200, { 'content-length': length }, 'OK')
        if (body.length > 0) handler.onResponseData?.(controller, body)
        handler.onResponseEnd?.(controller, {})
      } else {
        handler.onHeaders?.(200, [Buffer.from('content-length'), Buffer.from(length)], () => {}, 'OK')
        if (body.length > 0) handler.onData?.(body)
        handler.onComplete?.([])
      }
    },
    fail(error: Error) {
      if (isNewer) handler.onResponseError?.(controller, error)
      else handler.onError?.(error)
    },
  }
}
