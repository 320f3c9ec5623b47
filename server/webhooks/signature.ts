/** Signatures of deliveries, as https://www.standardwebhooks.com prescribes. */
import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { createLru } from '../model/lru.ts'

const prefix = 'whsec_'

/** Of webhooks that are at work: to make one takes longer than to sign. */
const keys = createLru<string, KeyObject>(500)

const keyOf = (secret: string): KeyObject => {
  const known = keys.get(secret)
  if (known !== undefined) return known
  const made = createSecretKey(Buffer.from(secret.slice(prefix.length), 'base64'))
  keys.set(secret, made)
  return made
}

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
    createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret)}`).join(' '),
  }
}
