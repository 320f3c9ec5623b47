/** The suite's receiver: an address for each case, and what it says of signatures. */
import { afterAll, expect, test } from 'vitest'
import type { Called } from './addresses.ts'
import { createReceiver, signatureFault } from './receiver.ts'
import { signatureOf } from './signature.ts'

const receiver = createReceiver({ host: '127.0.0.1', port: 0 })
afterAll(() => receiver.close())

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`

test('each case has an address of its own, and answers as it wants', async () => {
  const [one, two] = [await receiver.open(), await receiver.open()]
  one.answer(500, 410)
  const post = async (url: string) => (await fetch(url, { method: 'POST', body: 'a' })).status
  expect([await post(one.url), await post(one.url), await post(one.url), await post(two.url)]).toEqual([
    500, 410, 410, 204,
  ])
  expect(one.calls.map(({ status }) => status)).toEqual([500, 410, 410])
  expect(two.calls.map(({ body }) => body.toString())).toEqual(['a'])
  expect(await post(`${one.url}/other`)).toBe(404)
})

test('what is too large is not kept', async () => {
  const inbox = await receiver.open()
  await expect(fetch(inbox.url, { method: 'POST', body: 'a'.repeat(1_100_000) })).rejects.toThrow()
  expect(inbox.calls).toEqual([])
})

const now = () => Math.floor(Date.now() / 1000)
const call = (signedWith: readonly string[], { at = now(), said = '{}' } = {}): Called => {
  const body = '{}'
  const signed = { id: 'evt_1', timestamp: String(at), body }
  return {
    method: 'POST',
    headers: {
      'webhook-id': signed.id,
      'webhook-timestamp': signed.timestamp,
      'webhook-signature': signedWith.map((one) => signatureOf(one, signed)).join(' '),
    },
    body: Buffer.from(said),
  }
}

test('a signature is right when each secret has made one over what came, now', () => {
  expect(signatureFault(call([secret]), [secret])).toBeUndefined()
  expect(signatureFault(call([other, secret]), [secret, other])).toBeUndefined()
  expect(signatureFault(call([secret]), [secret, other])).toMatch(/1 of 2 secrets/)
  expect(signatureFault(call([other]), [secret])).toMatch(/the secret does not fit/)
  expect(signatureFault(call([secret], { said: '{ }' }), [secret])).toMatch(/not fit the body/)
  expect(signatureFault(call([secret], { at: now() * 1000 }), [secret])).toMatch(/not now in seconds/)
  expect(signatureFault({ ...call([secret]), headers: {} }, [secret])).toMatch(/no webhook-id/)
})
