/**
 * Shared by the tests of one client: a loopback WhatsApp for the tests of a file, and for each of them an account of its own and
 * credentials in memory.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type Account, type Loopback, startLoopback } from '../../loopback/index.ts'
import { createBaileysWhatsApp } from './baileys.ts'
import {
  createTestCredentials,
  createTestLog,
  createTestSealer,
  type Owned,
  own,
  type TestCredentials,
} from './test-support.ts'

/** What the test that runs has for itself; WhatsApp is the one of the file. */
export interface Made {
  wa: Loopback
  account: Account
  credentials: TestCredentials
  log: ReturnType<typeof createTestLog>
}

type Options = Partial<Parameters<typeof createBaileysWhatsApp>[0]>

/**
 * To be called once in a file.
 * @param use called before each test
 * @returns what makes clients of the account; they are closed after the test
 */
export const inLoopback = (use: (made: Made) => void) => {
  let wa: Loopback
  let made: Made
  let clients: Owned[]
  let numbers = 0

  beforeAll(async () => {
    wa = await startLoopback()
  })

  afterAll(() => wa.close())

  beforeEach(() => {
    numbers += 1
    clients = []
    made = {
      wa,
      account: wa.account({ pn: `62812000000${numbers}`, lid: `9876500000${numbers}`, name: 'Reader' }),
      credentials: createTestCredentials(),
      log: createTestLog(),
    }
    use(made)
  })

  afterEach(async () => {
    wa.faults.clear()
    await Promise.all(clients.map(({ client }) => client.close()))
    expect(wa.unhandled).toEqual([])
  })

  const sealer = createTestSealer()

  const whatsapp = (options: Options = {}) =>
    createBaileysWhatsApp({
      store: made.credentials,
      sealer,
      clock: Date.now,
      log: made.log,
      url: wa.url,
      testRootKey: Buffer.from(wa.rootPublicKey, 'hex'),
      retry: { attempts: 2, delayMs: 5 },
      ...options,
    })

  const connect = (options: Options = {}, ingest?: Parameters<typeof own>[2]) => {
    const owned = own(whatsapp(options), 'sess_1', async (facts, settled) => {
      await ingest?.(facts, settled)
      made.credentials.settle(settled)
    })
    clients.push(owned)
    return owned
  }

  const pair = async () => {
    const pairing = connect()
    const { code } = await pairing.event('qr')
    const companion = await made.account.phone.scanQR(code)
    await pairing.event('closed')
    return { pairing, companion }
  }

  const pairAndOpen = async (options: Options = {}, ingest?: Parameters<typeof own>[2]) => {
    const { companion } = await pair()
    const owned = connect(options, ingest)
    await owned.event('open')
    return { ...owned, companion }
  }

  return { whatsapp, connect, pair, pairAndOpen }
}
