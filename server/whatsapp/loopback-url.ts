/** Whether a URL leads to this machine and nowhere else: a WhatsApp that is not the real one is accepted there only. */
export const isLoopbackUrl = (text: string): boolean => {
  const url = URL.parse(text)
  if (url === null || !['ws:', 'wss:'].includes(url.protocol)) return false
  // The parser writes every spelling of an IPv4 address as four decimal numbers.
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname)
}
