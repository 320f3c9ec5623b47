/** Signatures of deliveries, as https://www.standardwebhooks.com prescribes. */
import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

/** A new key of 32 bytes, as it is shown to the creator of a webhook. */
export const newSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/**
 * @param secrets each signs, so that a receiver which knows one of them can verify
 * @param id of the event @param at epoch milliseconds
 * @returns the headers that a receiver verifies
 */
export const signatureHeaders = (secrets: readonly string[], id: string, at: number, body: string) => {
  const timestamp = String(Math.floor(at / 1_000))
  const sign = (secret: string) =>
    createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret)}`).join(' '),
  }
}
