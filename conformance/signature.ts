/** Signatures of calls to webhooks, as Standard Webhooks has them; written from its specification, as a receiver would. */
import { createHmac } from 'node:crypto'

/** What a webhook is called with. */
export interface SignedCall {
  id: string
  /** Seconds since 1970-01-01T00:00:00Z, in digits. */
  timestamp: string
  body: Uint8Array | string
}

const versioned = 'v1,'

/** @param secret `whsec_` and the key in base64 @returns `v1,` and the signature in base64 */
export const signatureOf = (secret: string, { id, timestamp, body }: SignedCall): string => {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `${versioned}${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** @param header of one or more signatures, with a space between them @returns whether one of them was made with the secret */
export const isSignedWith = (secret: string, call: SignedCall, header: string): boolean =>
  header.split(' ').includes(signatureOf(secret, call))
