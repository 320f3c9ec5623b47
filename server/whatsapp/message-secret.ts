/**
 * Content that is encrypted with the secret of an earlier message: edits, reactions in communities, comments, votes, answers to events.
 * The key is derived from that secret, the message's id, its author, the sender and the kind, so nobody can send one in another's name.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SealedKind } from '../model/facts.ts'
import type { Jid } from '../model/jid.ts'

/** What a key is derived from. */
export interface Secret {
  /** The kind of content. */
  holds: SealedKind
  /** Of the earlier message. */
  targetId: string
  /** Of the earlier message. */
  secret: Uint8Array
  /** Who wrote the earlier message. */
  author: Jid
  /** Who writes now. */
  sender: Jid
}

/** WhatsApp's name of each kind, which is part of its key; `bound`: id and sender are additional authenticated data. */
const uses: Record<SealedKind, { word: string; bound?: true }> = {
  edit: { word: 'Message Edit' },
  event_edit: { word: 'Event Edit' },
  poll_edit: { word: 'Poll Edit' },
  poll_option: { word: 'Poll Add Option' },
  vote: { word: 'Poll Vote', bound: true },
  reaction: { word: 'Enc Reaction' },
  comment: { word: 'Enc Comment' },
  event_answer: { word: 'Event Response', bound: true },
}

const algorithm = 'aes-256-gcm'
const tag = { authTagLength: 16 }

/** Encrypts it, under a nonce of its own. @returns `payload`: ciphertext and tag */
export const sealWith = (under: Secret, plain: Uint8Array): { iv: Buffer; payload: Buffer } => {
  const iv = randomBytes(12)
  const cipher = createCipheriv(algorithm, keyOf(under), iv, tag)
  if (uses[under.holds].bound) cipher.setAAD(boundTo(under))
  return { iv, payload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) }
}

/** @returns undefined when it was encrypted under something else */
export const openWith = (
  under: Secret,
  { iv, payload }: { iv: Uint8Array; payload: Uint8Array },
): Buffer | undefined => {
  const decipher = createDecipheriv(algorithm, keyOf(under), iv, tag)
  if (uses[under.holds].bound) decipher.setAAD(boundTo(under))
  decipher.setAuthTag(payload.subarray(-tag.authTagLength))
  try {
    return Buffer.concat([decipher.update(payload.subarray(0, -tag.authTagLength)), decipher.final()])
  } catch {
    return undefined
  }
}

const keyOf = ({ holds, targetId, secret, author, sender }: Secret): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `${targetId}${author}${sender}${uses[holds].word}`, 32))

const boundTo = ({ targetId, sender }: Secret) => Buffer.from(`${targetId}\0${sender}`)
