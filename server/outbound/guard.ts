/** Decides whether an address that a caller chose may be connected to. */
import { isIP } from 'node:net'
import { networksOf } from '../model/networks.ts'
import { OutboundFailure } from '../ports/outbound.ts'
import { isPublicAddress, plainAddress } from './public-address.ts'

/** Where to connect. */
export interface Target {
  url: URL
  /** The checked IP addresses of its host, at least one: connect to these and to no other. */
  addresses: readonly string[]
}

/** @returns the IP addresses of a host name @throws Error when it has none */
export type Resolve = (hostname: string) => Promise<string[]>

const maxUrlLength = 2_048

/** @param allowed networks that may be connected to although they are not public */
export const createGuard = ({ allowed, resolve }: { allowed: readonly string[]; resolve: Resolve }) => {
  const isAllowed = networksOf(allowed)
  const mayConnect = (address: string) => isPublicAddress(address) || isAllowed(plainAddress(address))

  const notPublic = () => refused('it leads to an address that is not public')

  /** @returns checked addresses, at least one */
  const lookUp = async (host: string) => {
    const addresses = await resolved(host, resolve)
    // One private address among public ones is an attempt, or a mistake.
    if (!addresses.every(mayConnect)) throw notPublic()
    return addresses
  }

  /** @returns the address in a URL that has one in place of a name */
  const literal = (url: URL) => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) === 0) return undefined
    if (!mayConnect(host)) throw notPublic()
    return host
  }

  return {
    lookUp,

    /**
     * Judges what needs no look-up; whoever connects to a name then takes `lookUp` for it.
     * @throws OutboundFailure `refused`
     */
    check(text: string): URL {
      const url = urlOf(text)
      literal(url)
      return url
    },

    /**
     * The host's name is looked up here and once: a second look-up could find another address than the checked one.
     * @throws OutboundFailure `refused`, `unreachable` when the host is not known
     */
    async admit(text: string): Promise<Target> {
      const url = urlOf(text)
      const host = literal(url)
      return { url, addresses: host === undefined ? await lookUp(url.hostname) : [host] }
    },
  }
}

export type Guard = ReturnType<typeof createGuard>

const resolved = async (host: string, resolve: Resolve) => {
  const addresses = await resolve(host).catch((cause: unknown) => {
    throw new OutboundFailure('unreachable', 'its host is not known', { cause })
  })
  if (addresses.length === 0) throw new OutboundFailure('unreachable', 'its host is not known')
  return addresses
}

const refused = (message: string) => new OutboundFailure('refused', message)

/** The URL parser would drop or rewrite these, and the caller, or a proxy before us, may read them in another way. */
const ambiguous = /[\p{Cc}\p{Z}\\]/u

/** The URL parser takes names that no DNS server can have: of an empty label, of too long a one, or too long altogether. */
const isHost = (host: string) => {
  const name = host.replace(/\.$/, '')
  return name.length <= 253 && name.split('.').every((label) => label.length >= 1 && label.length <= 63)
}

const urlOf = (text: string): URL => {
  if (text.length > maxUrlLength) throw refused(`it is longer than ${maxUrlLength} characters`)
  const url = ambiguous.test(text) ? null : URL.parse(text)
  if (url === null || !isHost(url.hostname)) throw refused('it is not a URL like https://example.com/path')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('it must begin with http:// or https://')
  if (url.username !== '' || url.password !== '') throw refused('it must not have a name or password')
  const port = Number(url.port || 80)
  if (port !== 80 && port !== 443 && port < 1024) throw refused('its port must be 80, 443 or at least 1024')
  return url
}
