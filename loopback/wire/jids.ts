import { createHash } from 'node:crypto'

const PATTERN = /^(?:([^@:]*)(?::(\d+))?@)?([a-z.]+)$/

/** WhatsApp itself: a server without user. */
export const SERVER = '@s.whatsapp.net'

/** The parts of an address. `id` is 0 for a phone, above 0 for a companion. */
export interface JidParts {
  user: string
  id: number
  server: string
}

/** @throws when the text is no JID */
export function parseJid(jid: string): JidParts {
  const match = PATTERN.exec(jid)
  if (!match?.[3]) throw new Error(`not a JID: ${jid}`)
  return { user: match[1] ?? '', id: Number(match[2] ?? 0), server: match[3] }
}

/** The address without its companion id: `628:3@s.whatsapp.net` is `628@s.whatsapp.net`. */
export function bare(jid: string): string {
  const { user, server } = parseJid(jid)
  return user === '' ? jid : `${user}@${server}`
}

/** The address of one phone (id 0) or companion of the user. */
export function withId(jid: string, id: number): string {
  const { user, server } = parseJid(jid)
  return id === 0 ? `${user}@${server}` : `${user}:${id}@${server}`
}

export function isLid(jid: string): boolean {
  return jid.endsWith('@lid')
}

export function isGroup(jid: string): boolean {
  return jid.endsWith('@g.us')
}

/** Digits, a number with a plus, or a phone JID, as a phone JID. */
export function phoneJid(phone: string): string {
  const digits = parseJid(phone.includes('@') ? phone : `${phone}@s.whatsapp.net`).user.replace(/^\+/, '')
  if (!/^\d{5,20}$/.test(digits)) throw new Error(`not a phone number: ${phone}`)
  return `${digits}@s.whatsapp.net`
}

/** Digits or a LID, as a LID; without it, one derived from the phone JID. */
export function lidFor(pn: string, lid?: string): string {
  if (lid !== undefined) return `${parseJid(lid.includes('@') ? lid : `${lid}@lid`).user}@lid`
  const digest = createHash('sha256').update(pn).digest().readUIntBE(0, 6)
  return `${100_000_000_000_000 + digest}@lid`
}
