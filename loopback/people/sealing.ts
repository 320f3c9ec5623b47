import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

/** Content that phones encrypt with the secret of an earlier message, and the label in the key derivation. */
const SEALED_USES = {
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
  under: SealedUnder,
  content: Uint8Array,
): { encIv: Buffer; encPayload: Buffer } {
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFor(use, under), encIv)
  const aad = aadFor(use, under)
  if (aad) cipher.setAAD(aad)
  return { encIv, encPayload: Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]) }
}

const TAG_BYTES = 16

/** @returns undefined when it was encrypted under another message, or by another sender */
export function openUnder(
  use: SealedUse,
  under: SealedUnder,
  { encIv, encPayload }: { encIv?: Uint8Array | null; encPayload?: Uint8Array | null },
): Buffer | undefined {
  if (encIv?.length !== 12 || !encPayload || encPayload.length < TAG_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', keyFor(use, under), encIv)
  const aad = aadFor(use, under)
  if (aad) decipher.setAAD(aad)
  decipher.setAuthTag(encPayload.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(encPayload.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch {
    return undefined
  }
}

function keyFor(use: SealedUse, { id, secret, author, sender }: SealedUnder): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  const info = Buffer.concat([Buffer.from(id + author + sender + SEALED_USES[use]), Buffer.of(1)])
  return createHmac('sha256', extracted).update(info).digest()
}

function aadFor(use: SealedUse, { id, sender }: SealedUnder): Buffer | undefined {
  return use === 'vote' || use === 'event-answer' ? Buffer.from(`${id}\0${sender}`) : undefined
}
