/** Finds the client's address, trusting configured proxies only. */
import type { IncomingMessage } from 'node:http'
import { isIP, isIPv4 } from 'node:net'
import { networksOf } from '../model/networks.ts'

/**
 * The address of the connection. If that is a trusted proxy, it is the last address in X-Forwarded-For that is not a trusted proxy:
 * everything before it was written by the client.
 * @param proxies networks whose X-Forwarded-For is trusted
 * @returns a function to an IPv4 address, or to the /64 network of an IPv6 address: a client usually has a whole /64
 */
export const createClientAddress = (proxies: readonly string[] = []) => {
  const isTrusted = networksOf(proxies)

  return ({ socket, headers }: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string } }): string => {
    let address = plain(socket.remoteAddress ?? '')
    if (address === undefined) return 'unknown'
    const hops = String(headers['x-forwarded-for'] ?? '').split(',')
    while (isTrusted(address)) {
      const before = plain(hops.pop() ?? '')
      if (before === undefined) break
      address = before
    }
    return isIPv4(address) ? address : networkOf(address)
  }
}

/** @returns the bare address: without port, brackets and zone, IPv4 as itself; undefined when it is none */
const plain = (text: string): string | undefined => {
  const trimmed = text.trim()
  const inside = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? trimmed.replace(/^([\d.]+):\d+$/, '$1')
  const address = inside.replace(/%.*$/, '')
  if (isIP(address) === 0) return undefined
  return /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address
}

const networkOf = (address: string): string => {
  // The URL parser writes an address in one way: lower case, no leading zeros, no dots.
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const before = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - before.length - behind.length }, () => '0')
  return `${[...before, ...zeros, ...behind].slice(0, 4).join(':')}::/64`
}
