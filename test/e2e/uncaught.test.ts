/** An error that nobody catches ends one connection of one session, and nobody else notices. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Account, type Loopback, startLoopback } from '../../loopback/index.ts'
import { mintApiKey } from '../../server/auth/api-key.ts'
import { databaseFile } from '../../server/start.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { type Caller, caller } from '../support/api.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts'

let dataDir: string
let loopback: Loopback
let gateway: GatewayProcess
let token: string
let call: Caller

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-uncaught-'))
  loopback = await startLoopback()
  token = await newKey()
})
afterEach(async () => {
  await gateway?.kill('SIGKILL')
  await loopback.close()
  await rm(dataDir, { recursive: true, force: true })
})

const newKey = async () => {
  const store = await openSqliteStore({ file: join(dataDir, databaseFile) })
  const { row, text } = mintApiKey({ organizationId: 'acme', capabilities: ['read', 'manage'] }, Date.now())
  await store.insertApiKey(row)
  await store.close()
  return text
}

const start = async (kinds: string[]) => {
  gateway = await startGatewayProcess(
    {
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      WHATSAPP_URL: loopback.url,
      WHATSAPP_TEST_ROOT_KEY: loopback.rootPublicKey,
      BREAK_KINDS: kinds.join(','),
    },
    ['--import', './test/support/break-socket.ts'],
  )
  call = caller(gateway.url, token)
}

const sessionOf = async (id: string) => (await call('GET', `/sessions/${id}`)).body as { status: string }

const working = (id: string) =>
  expect.poll(() => sessionOf(id), { timeout: 40_000, interval: 50 }).toMatchObject({ status: 'working' })

const linked = async (account: Account) => {
  const { id } = (await call('POST', '/sessions', { start: true })).body as { id: string }
  const code = await vi.waitFor(
    async () => {
      const answer = await call('GET', `/sessions/${id}/qr`)
      expect(answer.status).toBe(200)
      return (answer.body as { code: string }).code
    },
    { timeout: 10_000, interval: 20 },
  )
  const companion = await account.phone.scanQR(code)
  await working(id)
  await account.phone.sendHistory({}, companion)
  await loopback.next('receipt', ({ companion: of, type }) => of === companion.jid && type === 'hist_sync')
  return { id, companion }
}

const bodies = async (id: string, chat: string) => {
  const { body } = await call('GET', `/sessions/${id}/chats/${chat}/messages`)
  return ((body as { data?: { body: string }[] }).data ?? []).map((message) => message.body)
}

const counted = async (kind: string) => {
  const text = await (await fetch(`${new URL(gateway.url).origin}/metrics`)).text()
  return Number(new RegExp(`^parley_unreadable_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

/** A message so long makes the error with this index of the session that hears it. */
const breaking = (text: string, index: number) => text.padEnd(13_000 + index * 10_000, '.')

test('wherever the error is thrown, its session reconnects; others keep their connection and miss nothing', async () => {
  const kinds = ['timer', 'data handler', 'stream error', 'socket error', 'text']
  await start(kinds)
  const [ayu, dewi, budi] = [
    loopback.account({ pn: '628111000001' }),
    loopback.account({ pn: '628111000002' }),
    loopback.account({ pn: '628222000001' }),
  ]
  const hit = await linked(ayu)
  const other = await linked(dewi)
  const offline: string[] = []
  loopback.on('offline', ({ companion }) => void offline.push(companion))

  for (const [index, kind] of kinds.entries()) {
    await budi.phone.send(ayu.pn, breaking(kind, index))
    await expect.poll(() => counted('exception'), { timeout: 10_000 }).toBe(index + 1)
    await expect.poll(() => offline.length, { timeout: 10_000 }).toBe(index + 1)
    await budi.phone.send(dewi.pn, `beside ${kind}`)
    await expect.poll(() => bodies(other.id, budi.pn), { timeout: 10_000 }).toContain(`beside ${kind}`)
    // Not after the back-off, which grows.
    await call('POST', `/sessions/${hit.id}:start`)
    await working(hit.id)
  }

  expect(new Set(offline)).toEqual(new Set([hit.companion.jid]))
  await expect
    .poll(() => bodies(hit.id, budi.pn), { timeout: 10_000 })
    .toEqual(expect.arrayContaining(kinds.map(breaking)))
  const log = gateway.output()
  expect(log).toContain('an error inside the gateway ended the connection; reconnecting')
  expect(log).toContain('"steps":["TypeError",')
  expect(log).not.toContain('628111000777')
  expect(loopback.unhandled).toEqual([])
}, 120_000)

test('an unhandled rejection is counted, and ends no connection', async () => {
  await start(['rejection'])
  const ayu = loopback.account({ pn: '628111000001' })
  const budi = loopback.account({ pn: '628222000001' })
  const { id } = await linked(ayu)
  await budi.phone.send(ayu.pn, breaking('goes on', 0))
  await expect.poll(() => counted('rejection'), { timeout: 10_000 }).toBe(1)
  await expect.poll(() => bodies(id, budi.pn), { timeout: 10_000 }).toEqual([breaking('goes on', 0)])
  expect(await sessionOf(id)).toMatchObject({ status: 'working' })
  expect(gateway.output()).toMatch(new RegExp(`"sessionId":"${id}","steps":\\["TypeError"`))
})
