import type { Jid } from '../whatsapp/client.ts'

/** What kind of chat an address stands for, as the contract names it. */
export type ChatType = 'dm' | 'group' | 'newsletter' | 'broadcast' | 'status'

const longestJid = 128

// user, agent and device of a person's address: `6281234567890_1:23@s.whatsapp.net`
const shape = /^([^@:\s\p{Cc}]+)(?::\d+)?@([a-z0-9.-]+)$/u

// The same person under servers that only say how the message travelled.
const serverOf: Record<string, string> = {
  'c.us': 's.whatsapp.net',
  hosted: 's.whatsapp.net',
  'hosted.lid': 'lid',
}

/** The one spelling of an address: without agent and device, on its usual server. Undefined for what is no address. */
export function canonicalJid(text: unknown): Jid | undefined {
  if (typeof text !== 'string' || text.length > longestJid) return undefined
  const [, user = '', server = ''] = shape.exec(text.toWellFormed()) ?? []
  if (user === '') return undefined
  const home = serverOf[server] ?? server
  const bare = home === 's.whatsapp.net' || home === 'lid' ? user.replace(/_\d+$/, '') : user
  const jid = `${bare}@${home}`
  return bare === '' || jid.length > longestJid ? undefined : jid
}

export function chatTypeOf(jid: Jid): ChatType {
  if (jid.endsWith('@g.us')) return 'group'
  if (jid.endsWith('@newsletter')) return 'newsletter'
  if (jid === 'status@broadcast') return 'status'
  return jid.endsWith('@broadcast') ? 'broadcast' : 'dm'
}

export const isPhoneJid = (jid: Jid): boolean => jid.endsWith('@s.whatsapp.net')

export const isLid = (jid: Jid): boolean => jid.endsWith('@lid')
