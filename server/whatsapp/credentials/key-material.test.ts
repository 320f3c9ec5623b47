/** Alone in its file: it replaces the console of its process before the library is loaded. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { startLoopback } from '../../../loopback/index.ts'
import type { MessageFact } from '../../model/facts.ts'
import { createBaileysWhatsApp } from '../baileys.ts'
import { createTestCredentials, createTestLog, createTestSealer, own } from '../test-support.ts'

const methods = ['log', 'info', 'warn', 'error', 'debug'] as const

test('an exchange of messages leaves no key material and no text on the console or in the log', async () => {
  const original = { ...console }
  const [attempted, printed]: [string[], string[]] = [[], []]
  for (const method of methods) console[method] = (...args: unknown[]) => printed.push(inspect(args, { depth: 9 }))
  const log = createTestLog()
  const wa = await startLoopback()
  const whatsapp = createBaileysWhatsApp({
    store: createTestCredentials(),
    sealer: createTestSealer(),
    clock: Date.now,
    log,
    url: wa.url,
    testRootKey: Buffer.from(wa.rootPublicKey, 'hex'),
  })
  await whatsapp.load()
  for (const method of methods) {
    const filtered = console[method]
    console[method] = (...args: unknown[]) => {
      attempted.push(inspect(args, { depth: 9 }))
      filtered(...args)
    }
  }
  const account = wa.account({ pn: '6281234567890', name: 'Reader' })
  const contact = wa.account({ pn: '6285550001111', name: 'Ani' })

  const pairing = own(whatsapp, 'sess_1')
  await account.phone.scanQR((await pairing.event('qr')).code)
  await pairing.event('closed')
  const { client, event, fact } = own(whatsapp, 'sess_1')
  await event('open')
  const first = await contact.phone.send(account.pn, 'a secret text')
  await fact((it): it is MessageFact => it.kind === 'message' && it.id === first)
  // One that can't be decrypted makes both sides begin a new Signal session and close the old one.
  const second = await contact.phone.send(account.pn, 'another secret text', { corrupt: true })
  await fact((it): it is MessageFact => it.kind === 'message' && it.id === second && it.body !== undefined)
  await client.close()
  await wa.close()
  Object.assign(console, original)

  expect(attempted.join()).toContain('privKey')
  for (const secret of ['privKey', 'rootKey', 'secret text', '628123', '628555']) {
    expect(printed.join()).not.toContain(secret)
    expect(log.text()).not.toContain(secret)
  }
})
