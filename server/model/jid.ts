/** Addresses as WhatsApp writes them, and as the gateway keeps them. */
import type { enums } from '../../generated/enums.ts'

/** A JID (address on WhatsApp): `6281234567890@s.whatsapp.net`, `120363041234567890@g.us`, `98765432101234@lid`. Never with a device suffix. */
export type Jid = string

/** What kind of chat an address stands for, as the contract names it. */
export type ChatType = (typeof enums)['Chat.type'][number]

/** User, an agent number after `_`, a device number after `:`, server. */
const shape = /^([0-9A-Za-z.+-]{1,100})(?:_\d{1,3})?(?::\d{1,5})?@([a-z][a-z.]{1,24})$/

/** Former and hosted names of the two servers for people. The address is the same; the name says only how a message travelled. */
const serverOf: Record<string, string> = {
  'c.us': 's.whatsapp.net',
  hosted: 's.whatsapp.net',
  'hosted.lid': 'lid',
}

/**
 * The normal form of an address: without agent and device, with its present server, at most 126 ASCII characters.
 * @returns undefined when the text is no address
 */
export const bareJid = (value: unknown): Jid | undefined => {
  if (typeof value !== 'string') return undefined
  const [, user, server] = shape.exec(value) ?? []
  return user !== undefined && server !== undefined ? `${user}@${serverOf[server] ?? server}` : undefined
}

/** A LID: the address of a person that does not show the phone number. */
export const isLid = (jid: Jid): boolean => jid.endsWith('@lid')
/** A person by phone number. */
export const isPhone = (jid: Jid): boolean => jid.endsWith('@s.whatsapp.net')
/** A person: the only kind of chat whose name can come from the address book. */
export const isPerson = (jid: Jid): boolean => isPhone(jid) || isLid(jid)
/** A group; communities and their announcement groups too. */
export const isGroup = (jid: Jid): boolean => jid.endsWith('@g.us')
/** A broadcast list, or the status posts. */
export const isBroadcast = (jid: Jid): boolean => jid.endsWith('@broadcast')
/** The pseudo chat that holds the status posts of all contacts. */
export const statusJid = 'status@broadcast'

/** The kind of chat of any address; an unknown server counts as a person. */
export const chatTypeOf = (jid: Jid): ChatType => {
  if (isGroup(jid)) return 'group'
  if (jid.endsWith('@newsletter')) return 'newsletter'
  if (jid === statusJid) return 'status'
  return isBroadcast(jid) ? 'broadcast' : 'dm'
}
