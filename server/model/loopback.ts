import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')

/** Whether a host name or address is this machine: `localhost`, 127.0.0.0/8, ::1 (with or without brackets). */
export const isLoopback = (host: string): boolean => {
  if (host === 'localhost') return true
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  const version = isIP(bare)
  return version !== 0 && loopback.check(bare, version === 6 ? 'ipv6' : 'ipv4')
}

/** Whether a URL leads to this machine. */
export const isLoopbackUrl = (text: string, ...protocols: string[]): boolean => {
  const url = URL.parse(text)
  const accepted = protocols.length > 0 ? protocols : ['ws:', 'wss:']
  return url !== null && accepted.includes(url.protocol) && isLoopback(url.hostname)
}
