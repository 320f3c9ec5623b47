import { randomBytes } from 'node:crypto'
import { type BinaryNode, node } from '../wire/nodes.ts'

/** The media hosts of which clients get a list, and what is in it. Each member may be changed, to what no honest server says as well. */
export class MediaHosts {
  /** The first is tried first. All stand for the one media host of the loopback. */
  names = ['media-lo1-1.cdn.whatsapp.net', 'mmg.whatsapp.net']
  ttlSeconds = 300
  /** The longest upload. */
  maxBytes = 256 * 1024 * 1024
  #auth = newAuth()

  /** What uploads must carry now. */
  get auth(): string {
    return this.#auth
  }

  /** Makes all lists that clients have too old: uploads with them are answered with 401. */
  expire(): void {
    this.#auth = newAuth()
  }

  /** The list, as a stanza carries it. */
  list(): BinaryNode {
    const { auth, names, ttlSeconds, maxBytes } = this
    const hosts = names.map((hostname) => node('host', { hostname, maxContentLengthBytes: String(maxBytes) }))
    return node('media_conn', { auth, ttl: String(ttlSeconds), auth_ttl: '21600', max_buckets: '12' }, hosts)
  }
}

const newAuth = () => randomBytes(24).toString('base64')
