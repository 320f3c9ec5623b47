/** Addresses as WhatsApp writes them, and as the gateway keeps them. */

/** A JID (address): `6281234567890@s.whatsapp.net`, `120363041234567890@g.us`, `98765432101234@lid`. Never with a device suffix. */
export type Jid = string

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

/** user, an agent number after `_`, a device number after `:`, server. */
const barePattern = /^([0-9A-Za-z.+-]{1,100})(?:_\d{1,3})?(?::\d{1,5})?@([a-z][a-z.]{1,24})$/

/** The address without device and agent, under its present server name. Undefined when it is not an address. */
export const bareJid = (value: unknown): Jid | undefined => {
  if (typeof value !== 'string') return undefined
  const [, user, server] = barePattern.exec(value) ?? []
  return user !== undefined && server !== undefined ? `${user}@${serverOf[server] ?? server}` : undefined
}

export const isLid = (jid: Jid) => jid.endsWith('@lid')
export const isPhone = (jid: Jid) => jid.endsWith('@s.whatsapp.net')
export const isGroup = (jid: Jid) => jid.endsWith('@g.us')
export const isBroadcast = (jid: Jid) => jid.endsWith('@broadcast')
/** A person: the only kind of chat that is named by the address book. */
export const isPerson = (jid: Jid) => isPhone(jid) || isLid(jid)
/** The pseudo chat of everybody's status posts. */
export const statusJid = 'status@broadcast'
