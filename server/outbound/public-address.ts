/** Which IP addresses are public: those of RFC 6890 and the registries of IANA that are for special purposes are not. */
import { isIPv4 } from 'node:net'
import { networksOf } from '../model/networks.ts'

const isSpecialV4 = networksOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Link-local: the metadata services of clouds are here.
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

const isGlobalV6 = networksOf(['2000::/3'])

/** Inside 2000::/3. Teredo and 6to4 have IPv4 addresses inside, and nobody uses them any more. */
const isSpecialV6 = networksOf(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

const mappedPrefix = '0:0:0:0:0:ffff'
/** RFC 6052: what a network with IPv6 only calls the IPv4 world. */
const translatedPrefix = '64:ff9b:0:0:0:0'

/** @param address an IP address @returns an IPv4 address that was written as IPv6 as itself, anything else unchanged */
export const plainAddress = (address: string): string => insideOf(address, mappedPrefix) ?? address

/** @param address an IP address */
export const isPublicAddress = (address: string): boolean => {
  const plain = insideOf(address, translatedPrefix) ?? plainAddress(address)
  return isIPv4(plain) ? !isSpecialV4(plain) : isGlobalV6(plain) && !isSpecialV6(plain)
}

/** The IPv4 address in the last 32 bits of an IPv6 address with this prefix; undefined for any other. */
const insideOf = (address: string, prefix: string): string | undefined => {
  if (isIPv4(address)) return undefined
  const groups = groupsOf(address)
  if (groups.slice(0, 6).join(':') !== prefix) return undefined
  const bytes = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
  return bytes.join('.')
}

/** The eight groups, in lower case and without leading zeros. */
const groupsOf = (address: string): string[] => {
  // The URL parser writes an address in one way: without dots and leading zeros, and with one `::` at most.
  const written = URL.parse(`http://[${address.replace(/%.*$/, '')}]`)?.hostname.slice(1, -1) ?? '::'
  const [before = [], after = []] = written.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after]
}
