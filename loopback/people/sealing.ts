import { createCipheriv, createHmac, randomBytes } from 'node:crypto'

/** Content that phones encrypt with the secret of an earlier message, and the label in the key derivation. */
export const SEALED_USES = {
  edit: 'Message Edit',
  'event-edit': 'Event Edit',
  reaction: 'Enc Reaction',
  comment: 'Enc Comment',
  'event-answer': 'Event Response',
  vote: 'Poll Vote',
} as const

export type SealedUse = keyof typeof SEALED_USES

export interface SealedUnder {
  /** Of the earlier message. */
  id: string
  secret: Uint8Array
  /** Its author and the present sender: addresses without device. */
  author: string
  sender: string
}

/** Encrypts as phones do: HKDF-SHA256 without salt, AES-256-GCM; two kinds also authenticate id and sender. */
export function sealUnder(
  use: SealedUse,
  { id, secret, author, sender }: SealedUnder,
  content: Uint8Array,
): { encIv: Buffer; encPayload: Buffer } {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  const info = Buffer.concat([Buffer.from(id + author + sender + SEALED_USES[use]), Buffer.of(1)])
  const key = createHmac('sha256', extracted).update(info).digest()
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, encIv)
  if (use === 'vote' || use === 'event-answer') cipher.setAAD(Buffer.from(`${id}\0${sender}`))
  return { encIv, encPayload: Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]) }
}
