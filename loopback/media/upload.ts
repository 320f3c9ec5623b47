import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UploadFault } from '../faults.ts'
import type { Network } from '../network.ts'
import { sha256 } from './blob.ts'

/** Where clients send the kinds of files; stickers are images. */
const PATH = /^\/mms\/(image|video|audio|document)\/([\w-]+={0,2})$/

/**
 * Takes a file of a client. The path and the token have the hash of the encrypted bytes, `auth` is what the client got with the list
 * of hosts. 401: an old `auth`. 400: another hash, or no such path. 413: more bytes than the list of hosts allows.
 */
export async function receiveUpload(
  network: Network,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://127.0.0.1')
  const host = request.headers.host ?? ''
  const fault = network.faults.takeUpload(host, url.pathname)
  const body = typeof fault === 'string' ? await interrupted(request, response, fault) : await read(network, request)
  const status = body === undefined ? undefined : typeof fault === 'number' ? fault : judge(network, url, body)
  network.stats.uploads++
  network.events.emit('upload', {
    host,
    path: url.pathname,
    bytes: body?.length ?? 0,
    ...(status !== undefined && { status }),
    ...(fault !== undefined && { fault }),
  })
  if (status === undefined || body === undefined) return
  response.writeHead(status, { 'content-type': 'application/json' })
  if (status !== 200) response.end(JSON.stringify({ error: { code: status } }))
  else if (typeof fault === 'object') response.end(fault.answer)
  else response.end(JSON.stringify(answerFor(network.media.add(body))))
}

const answerFor = (path: string) => ({ url: `https://mmg.whatsapp.net${path}`, direct_path: path })

function judge({ hosts }: Network, url: URL, body: Buffer): number {
  const [, , hash] = PATH.exec(url.pathname) ?? []
  if (hash === undefined || url.searchParams.get('token') !== hash) return 400
  if (url.searchParams.get('auth') !== hosts.auth) return 401
  if (body.length > hosts.maxBytes) return 413
  return sha256(body).equals(Buffer.from(hash, 'base64url')) ? 200 : 400
}

/** The body, cut after the first byte that is too much; undefined when the client went away. */
async function read({ hosts }: Network, request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request) {
      // What is too long is read and forgotten: a client reads the answer when it has sent everything.
      if (length <= hosts.maxBytes) chunks.push(chunk)
      length += chunk.length
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}

async function interrupted(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Extract<UploadFault, string>,
): Promise<undefined> {
  if (fault === 'silent') request.resume()
  else if (fault === 'reset') {
    await new Promise((resolve) => request.once('data', resolve).once('end', resolve).once('close', resolve))
    response.socket?.resetAndDestroy()
  }
  // `stall` reads nothing: the client's buffers fill up.
}
