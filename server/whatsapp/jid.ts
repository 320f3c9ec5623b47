/** Addresses as WhatsApp writes them, and as the gateway keeps them. */
import type { Jid } from './client.ts'

/** user, an agent number after `_`, a device number after `:`, server. */
const pattern = /^([0-9A-Za-z.+-]{1,100})(?:_\d{1,3})?(?::\d{1,5})?@([a-z][a-z.]{1,24})$/

/** Old and hosted names of the two kinds of user address. */
const servers: Record<string, string> = {
  'c.us': 's.whatsapp.net',
  hosted: 's.whatsapp.net',
  'hosted.lid': 'lid',
}

/** The address without device and agent, under its present server name. Undefined when it is not an address. */
export const bareJid = (value: unknown): Jid | undefined => {
  if (typeof value !== 'string') return undefined
  const [, user, server] = pattern.exec(value) ?? []
  return user !== undefined && server !== undefined ? `${user}@${servers[server] ?? server}` : undefined
}

export const isLid = (jid: Jid) => jid.endsWith('@lid')
export const isPhone = (jid: Jid) => jid.endsWith('@s.whatsapp.net')
export const isGroup = (jid: Jid) => jid.endsWith('@g.us')
export const isBroadcast = (jid: Jid) => jid.endsWith('@broadcast')
/** A person: the only kind of chat that is named by the address book. */
export const isPerson = (jid: Jid) => isPhone(jid) || isLid(jid)
/** The pseudo chat of everybody's status posts. */
export const statusJid = 'status@broadcast'
