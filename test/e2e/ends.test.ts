/** A gateway that is brought to an end again and again leaves out the session that was last at work. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
  dataDir = await mkdtemp(join(tmpdir(), 'parley-ends-'))
  loopback = await startLoopback()
  const store = await openSqliteStore({ file: join(dataDir, databaseFile) })
  const { row, text } = mintApiKey({ organizationId: 'acme', capabilities: ['read', 'manage'] }, Date.now())
  await store.insertApiKey(row)
  await store.close()
  token = text
})
afterEach(async () => {
  await gateway?.kill('SIGKILL')
  await loopback.close()
  await rm(dataDir, { recursive: true, force: true })
})

/** Errors of nobody: an exception, and all memory in use. */
const preload = `
  process.on('SIGUSR2', () => setTimeout(() => { throw new TypeError('about 62811' + '1000777') }))
  process.on('SIGURG', () => { const all = []; for (;;) all.push(new Array(100_000).fill(all.length)) })`

const start = async () => {
  gateway = await startGatewayProcess(
    {
      PORT: '0',
      DATA_DIR: dataDir,
      WHATSAPP_URL: loopback.url,
      WHATSAPP_TEST_ROOT_KEY: loopback.rootPublicKey,
      // What must not be in a report.
      ENCRYPTION_KEY: 'c0ffee'.padEnd(64, '0'),
    },
    ['--max-old-space-size=160', '--import', `data:text/javascript,${encodeURIComponent(preload)}`],
  )
  call = caller(gateway.url, token)
}

const sessionOf = async (id: string) => (await call('GET', `/sessions/${id}`)).body

const has = (id: string, status: string) =>
  expect.poll(() => sessionOf(id), { timeout: 20_000, interval: 50 }).toMatchObject({ status })

const linked = async (account: Account) => {
  const { id } = (await call('POST', '/sessions', { start: true })).body as { id: string }
  await has(id, 'scan_qr_code')
  const { code } = (await call('GET', `/sessions/${id}/qr`)).body as { code: string }
  await account.phone.scanQR(code)
  await has(id, 'working')
  return id
}

test('after three uncaught errors, but not after three kills, the session fails with a reason, others work, and a start brings it back', async () => {
  await start()
  const [ayu, dewi, budi] = [
    loopback.account({ pn: '628111000001' }),
    loopback.account({ pn: '628111000002' }),
    loopback.account({ pn: '628222000001' }),
  ]
  const suspect = await linked(ayu)
  const other = await linked(dewi)
  let sent = 0
  /** Both are connected, and this one works last. */
  const ends = async (signal: NodeJS.Signals) => {
    await has(suspect, 'working')
    await has(other, 'working')
    const id = await budi.phone.send(ayu.pn, `number ${++sent}`)
    await expect
      .poll(async () => (await call('GET', `/sessions/${suspect}/chats/${budi.pn}/messages`)).text, { timeout: 10_000 })
      .toContain(id)
    return gateway.kill(signal)
  }

  expect(await ends('SIGKILL')).toBe('SIGKILL')
  for (let times = 0; times < 2; times += 1) {
    await start()
    await gateway.kill('SIGKILL')
  }
  await start()
  expect(await ends('SIGUSR2')).toBe(1)
  expect(gateway.output()).toContain('uncaught error that belongs to no session: the gateway ends')
  expect(gateway.output()).not.toContain('628111000777')
  await start()
  expect(await ends('SIGUSR2')).toBe(1)
  await start()
  expect(await ends('SIGURG')).toBe('SIGABRT')
  const [report = ''] = (await readdir(dataDir)).filter((name) => name.includes('memory'))
  expect(report).toBe(`parley.out-of-memory.${suspect}`)
  expect((await stat(join(dataDir, report))).mode & 0o077).toBe(0)
  expect(await readFile(join(dataDir, report), 'utf8')).not.toContain('c0ffee')

  await start()
  await has(other, 'working')
  expect(await sessionOf(suspect)).toMatchObject({
    status: 'failed',
    statusReason: expect.stringMatching(/three times within ten minutes.*until it is started/),
  })
  expect((await call('POST', `/sessions/${suspect}:start`)).status).toBe(200)
  await has(suspect, 'working')
  expect((await readdir(dataDir)).filter((name) => name.includes('memory'))).toEqual([])
  expect(await gateway.kill('SIGTERM')).toBe(0)
  expect(loopback.unhandled).toEqual([])
}, 180_000)
