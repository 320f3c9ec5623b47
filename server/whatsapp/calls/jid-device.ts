/** User and device number of an address, as in `6281234567890:3`; a phone is device 0. */
export const jidDevice = (jid: string): string => {
  const [name = ''] = jid.split('@')
  const [user = '', device = '0'] = name.split(':')
  return `${user}:${device}`
}
