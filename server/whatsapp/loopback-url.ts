import { isLoopback } from '../http/loopback.ts'

/** Whether a URL leads to this machine. */
export const isLoopbackUrl = (text: string, ...protocols: string[]): boolean => {
  const url = URL.parse(text)
  const accepted = protocols.length > 0 ? protocols : ['ws:', 'wss:']
  return url !== null && accepted.includes(url.protocol) && isLoopback(url.hostname)
}
