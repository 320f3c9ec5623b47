import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Loopback, startLoopback } from './index.ts'
import { connect, memoryAuth, pair, type TestClient } from './test-client.ts'

let wa: Loopback
const clients: TestClient[] = []

beforeEach(async () => {
  wa = await startLoopback()
})

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end()
  await wa.close()
  expect(wa.unhandled).toEqual([])
})

function sender() {
  return wa.account({ pn: '6281234567890', lid: '98765432101234', name: 'Sender' })
}

describe('pairing by QR code', () => {
  test('the phone scans, the client is asked to connect again and then logs in', async () => {
    const account = sender()
    const first = connect(wa)
    clients.push(first)
    const { qr } = await first.next('connection.update', (update) => update.qr !== undefined)
    const [companion, code] = await Promise.all([account.phone.scanQR(qr ?? ''), first.closed()])
    expect(code).toBe(515)
    expect(first.auth.creds.me).toEqual({ id: companion.jid, lid: companion.lid, name: undefined })

    const second = connect(wa, first.auth)
    clients.push(second)
    await second.opened()
    expect(await wa.next('paired')).toEqual({ account: account.pn, companion: '6281234567890:1@s.whatsapp.net' })
    expect(await wa.next('online')).toEqual({ account: account.pn, companion: '6281234567890:1@s.whatsapp.net' })
    expect(companion.preKeys.size).toBe(812)
    expect(wa.stats).toMatchObject({ pairings: 1, logins: 1, online: 1 })
  })

  test('a client may be let in on the connection that it was linked on', async () => {
    const client = connect(wa)
    clients.push(client)
    const { qr = '' } = await client.next('connection.update', (update) => update.qr !== undefined)
    const opened = client.opened()
    const companion = await sender().phone.scanQR(qr, { letIn: true })
    await opened
    expect(companion.isOnline).toBe(true)
    expect(wa.stats).toMatchObject({ accepted: 1, pairings: 1, logins: 1, online: 1 })
  })

  test('a code that no client shows is refused by the phone', async () => {
    const key = Buffer.alloc(32).toString('base64')
    await expect(sender().phone.scanQR(`2@unknown,${key},${key},${key},1`)).rejects.toThrow('no connected client')
    await expect(sender().phone.scanQR('hello')).rejects.toThrow('not the text of a WhatsApp QR code')
  })

  test('a client whose secret is another one refuses the link', async () => {
    const client = connect(wa)
    clients.push(client)
    const { qr = '' } = await client.next('connection.update', (update) => update.qr !== undefined)
    const parts = qr.split(',')
    parts[3] = Buffer.alloc(32).toString('base64')
    await expect(sender().phone.scanQR(parts.join(','))).rejects.toThrow('the client closed the connection')
    expect(await client.closed()).toBe(500)
  })
})

describe('pairing by code', () => {
  test('the phone enters the code, the client is asked to connect again and then logs in', async () => {
    const account = sender()
    const first = connect(wa)
    clients.push(first)
    await first.next('connection.update', (update) => update.qr !== undefined)
    const code = await first.sock.requestPairingCode('6281234567890')
    const dashed = `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase()
    const [companion, status] = await Promise.all([account.phone.enterCode(dashed), first.closed()])
    expect(status).toBe(515)
    const second = connect(wa, first.auth)
    clients.push(second)
    await second.opened()
    expect(second.sock.user?.id).toBe(companion.jid)
  })

  test('a wrong code is refused by the phone, and the right one still links', async () => {
    const account = sender()
    const client = connect(wa)
    clients.push(client)
    await client.next('connection.update', (update) => update.qr !== undefined)
    const code = await client.sock.requestPairingCode('6281234567890', 'ABCD1234')
    await expect(account.phone.enterCode('ABCD1235')).rejects.toThrow('wrong code')
    const [, status] = await Promise.all([account.phone.enterCode(code), client.closed()])
    expect(status).toBe(515)
  })

  test('a code for a number that no client asked to be linked with is refused by the phone', async () => {
    await expect(sender().phone.enterCode('ABCD1234')).rejects.toThrow('no connected client asked for a code')
  })
})

describe('login', () => {
  test('credentials that were never linked are refused with 401', async () => {
    sender()
    const auth = memoryAuth()
    auth.creds.me = { id: '6281234567890:1@s.whatsapp.net', lid: '98765432101234:1@lid' }
    const client = connect(wa, auth)
    clients.push(client)
    expect(await client.closed()).toBe(401)
  })

  test('a login with another static key than the linked one is refused with 401', async () => {
    const linked = await pair(wa, sender())
    clients.push(linked)
    const thief = memoryAuth()
    thief.creds.me = linked.auth.creds.me
    const client = connect(wa, thief)
    clients.push(client)
    expect(await client.closed()).toBe(401)
  })

  test('a second login with the same credentials replaces the first, which closes with 440', async () => {
    const older = await pair(wa, sender())
    const newer = connect(wa, older.auth)
    clients.push(older, newer)
    expect(await older.closed()).toBe(440)
    await newer.opened()
    expect(wa.stats.online).toBe(1)
  })

  test('a logged-out client is forgotten', async () => {
    const client = await pair(wa, sender())
    clients.push(client)
    await client.sock.logout()
    expect(await wa.next('unpaired')).toMatchObject({ companion: client.companion.jid })
    const again = connect(wa, client.auth)
    clients.push(again)
    expect(await again.closed()).toBe(401)
  })
})

test('a client whose keys both sides know is linked without the protocol, and logs in', async () => {
  const auth = memoryAuth()
  const { creds } = auth
  const publicKey = Buffer.alloc(32, 7)
  const companion = wa.link(
    sender(),
    {
      registrationId: creds.registrationId,
      identityKey: Buffer.from(creds.signedIdentityKey.public),
      signedPreKey: {
        id: creds.signedPreKey.keyId,
        publicKey: creds.signedPreKey.keyPair.public,
        signature: creds.signedPreKey.signature,
      },
      noiseKey: Buffer.from(creds.noiseKey.public),
    },
    Array.from({ length: 20 }, (_, index) => [index + 1, publicKey]),
  )
  creds.me = { id: companion.jid, lid: companion.lid }
  const client = connect(wa, auth)
  clients.push(client)
  await client.opened()
  // What counts as uploaded is enough: the client brought none of its own.
  expect([...companion.preKeys.values()]).toEqual(Array(20).fill(publicKey))
  expect(wa.stats).toMatchObject({ pairings: 1, logins: 1 })
})
