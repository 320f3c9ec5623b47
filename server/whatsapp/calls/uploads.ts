/** Puts files on WhatsApp's media hosts. The library's own upload is not used: it keeps a failed list of hosts for ever. */
import type { FileToPut } from '../../ports/outgoing-files.ts'
import { NoAnswer, Refused } from '../../ports/whatsapp/calls.ts'
import type { BinaryNode, WASocket } from '../library.ts'
import { type Located, UploadFailure, type UploadHost } from '../media/upload-host.ts'

/** The media hosts of an account. */
interface Hosts {
  names: string[]
  auth: string
  /** Milliseconds of a monotonic clock: not used after it. */
  until: number
}

export interface Uploader {
  /** @throws Refused when WhatsApp does not take the file, NoAnswer when no host takes it now */
  put(file: FileToPut, signal: AbortSignal): Promise<Located>
}

const maxHosts = 4
const maxTtlSeconds = 3_600

/** For one connection. */
export const createUploader = (query: WASocket['query'], host: UploadHost): Uploader => {
  let known: Promise<Hosts> | undefined

  const hosts = async (): Promise<Hosts> => {
    const before = await known?.catch(() => undefined)
    if (before !== undefined && before.until > performance.now()) return before
    known = fetchHosts(query)
    return known
  }

  /** Each host once. @throws UploadFailure of the last one */
  const putOnOne = async (file: FileToPut, { names, auth }: Hosts, signal: AbortSignal): Promise<Located> => {
    let failure = new UploadFailure('trouble', 'WhatsApp names no media host')
    for (const hostname of names) {
      try {
        return await host.put(file, { hostname, auth }, signal)
      } catch (error) {
        if (!(error instanceof UploadFailure) || signal.aborted) throw error
        failure = error
        if (error.kind !== 'trouble') break
      }
    }
    throw failure
  }

  return {
    async put(file, signal) {
      try {
        return await putOnOne(file, await hosts(), signal).catch(async (error: unknown) => {
          if (!(error instanceof UploadFailure) || error.kind !== 'expired') throw error
          known = undefined
          return putOnOne(file, await hosts(), signal)
        })
      } catch (error) {
        throw error instanceof UploadFailure ? asCallFailure(error) : error
      }
    },
  }
}

const asCallFailure = (failure: UploadFailure) => {
  if (failure.kind === 'too_large') return new Refused('file_too_large')
  if (failure.kind === 'refused') return new Refused('file_refused')
  return new NoAnswer('no media host of WhatsApp takes the file now', { cause: failure })
}

/** @throws NoAnswer for an answer without hosts */
const fetchHosts = async (query: WASocket['query']): Promise<Hosts> => {
  const asked: BinaryNode = {
    tag: 'iq',
    attrs: { type: 'set', xmlns: 'w:m', to: 's.whatsapp.net' },
    content: [{ tag: 'media_conn', attrs: {} }],
  }
  // The library resolves with undefined when there is no answer.
  const answer: BinaryNode | undefined = await query(asked)
  const list = childrenOf(answer).find(({ tag }) => tag === 'media_conn')
  const { auth, ttl } = list?.attrs ?? {}
  const names = childrenOf(list).flatMap(({ tag, attrs }) => (tag === 'host' && attrs.hostname ? [attrs.hostname] : []))
  if (auth === undefined || names.length === 0) throw new NoAnswer('WhatsApp names no media host')
  const seconds = Math.min(Math.max(Number(ttl) || 0, 0), maxTtlSeconds)
  return { auth, names: names.slice(0, maxHosts), until: performance.now() + seconds * 1_000 }
}

const childrenOf = (node: BinaryNode | undefined): BinaryNode[] => (Array.isArray(node?.content) ? node.content : [])
