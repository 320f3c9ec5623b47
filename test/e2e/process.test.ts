/** The gateway as a process: started, killed, stopped, misconfigured. */
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Account, type Loopback, startLoopback } from '../../loopback/index.ts'
import { settings } from '../../server/settings.ts'
import { type Caller, caller } from '../support/api.ts'
import { bareEnv } from '../support/bare-env.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts'
import { rawRequest, sendRaw } from '../support/raw-http.ts'

const root = join(import.meta.dirname, '../..')

let dataDir: string
let loopback: Loopback
let gateway: GatewayProcess | undefined

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-process-'))
  loopback = await startLoopback()
})
afterEach(async () => {
  await gateway?.kill('SIGKILL')
  gateway = undefined
  await loopback.close()
  await rm(dataDir, { recursive: true, force: true })
})

const env = (more: Record<string, string> = {}) => ({
  PORT: '0',
  DATA_DIR: dataDir,
  LOG_LEVEL: 'trace',
  WHATSAPP_URL: loopback.url,
  WHATSAPP_TEST_ROOT_KEY: loopback.rootPublicKey,
  ...more,
})

const start = async (more: Record<string, string> = {}, nodeArgs: string[] = []) => {
  gateway = await startGatewayProcess(env(more), nodeArgs)
  return gateway
}

/** The command that README names, run to its end. */
const keys = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/keys.ts', ...args], {
    cwd: root,
    env: { ...bareEnv, DATA_DIR: dataDir },
    encoding: 'utf8',
  })

const newKey = (capabilities = 'read,send,manage') => {
  const { status, stdout } = keys('create', '--organization', 'acme', '--capabilities', capabilities)
  expect(status).toBe(0)
  return stdout.trim().split('\n').at(-1) ?? ''
}

const pair = async (call: Caller, phone: Account): Promise<string> => {
  const created = await call('POST', '/sessions', { start: true })
  const { id } = created.body as { id: string }
  const qr = await vi.waitFor(
    async () => {
      const answer = await call('GET', `/sessions/${id}/qr`)
      expect(answer.status).toBe(200)
      return (answer.body as { code: string }).code
    },
    { timeout: 10_000, interval: 20 },
  )
  await phone.phone.scanQR(qr)
  await working(call, id)
  return id
}

const working = (call: Caller, id: string) =>
  expect
    .poll(async () => ((await call('GET', `/sessions/${id}`)).body as { status: string }).status, {
      timeout: 50_000,
      interval: 20,
    })
    .toBe('working')

test('kill -9 and a new start: the session works without pairing, and what was stored is there', async () => {
  const compiled = join(dataDir, 'compiled')
  const first = await start({ NODE_COMPILE_CACHE: compiled })
  const token = newKey()
  let call = caller(first.url, token)
  const phone = loopback.account({ pn: '628111000001', name: 'Toko Ayu' })
  const id = await pair(call, phone)
  const sender = loopback.account({ pn: '628222000001', name: 'Budi' })
  const messageId = await sender.phone.send(phone.pn, 'are you open today?')
  const messages = async () => {
    const answer = await call('GET', `/sessions/${id}/chats/${sender.pn}/messages`)
    return answer.status === 200 ? (answer.body as { data: { waMessageId: string; body: string }[] }).data : []
  }
  await expect.poll(messages, { timeout: 10_000 }).toMatchObject([{ waMessageId: messageId }])
  const before = await messages()

  expect(await first.kill('SIGKILL')).toBe('SIGKILL')
  expect((await readdir(compiled, { recursive: true })).length, 'what Node has compiled is kept').toBeGreaterThan(100)
  const second = await start()
  call = caller(second.url, token)
  await working(call, id)
  expect(await messages()).toEqual(before)
  expect(loopback.stats.pairings).toBe(1)
  expect((await call('PUT', `/sessions/${id}/chats/${sender.pn}/presence`, { state: 'composing' })).status).toBe(204)
  await loopback.next('chatstate', ({ to }) => to === sender.pn)
  const later = await sender.phone.send(phone.pn, 'and tomorrow?')
  await expect.poll(messages, { timeout: 10_000 }).toMatchObject([{ waMessageId: later }, { waMessageId: messageId }])
  expect(loopback.unhandled).toEqual([])
}, 60_000)

test('kill -9 while sessions are created under keys: sent again, each key has one session', async () => {
  const unlimited = { SESSIONS_PER_ORGANIZATION: '0' }
  const first = await start(unlimited)
  const token = newKey()
  const create = async (url: string, key: string) => {
    const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': key }
    const response = await fetch(`${url}/sessions`, { method: 'POST', headers })
    return ((await response.json()) as { id: string }).id
  }
  const names = Array.from({ length: 100 }, (_, n) => `session-${n}`)
  const asked = names.map((key) => create(first.url, key))
  await Promise.any(asked)
  const [answers] = await Promise.all([Promise.allSettled(asked), first.kill('SIGKILL')])

  const second = await start(unlimited)
  const again = await Promise.all(names.map((key) => create(second.url, key)))
  const answered = answers.flatMap((answer, n) => (answer.status === 'fulfilled' ? [[answer.value, again[n]]] : []))
  expect(answered.length).toBeGreaterThan(0)
  for (const [before, after] of answered) expect(after).toBe(before)
  const { body } = await caller(second.url, token)('GET', '/sessions?limit=200')
  expect((body as { data: { id: string }[] }).data.map(({ id }) => id).toSorted()).toEqual(again.toSorted())
}, 60_000)

test('the log holds no token, key, phone number or message text', async () => {
  const first = await start({ LOG_LEVEL: 'info' })
  const token = newKey()
  const call = caller(first.url, token)
  const phone = loopback.account({ pn: '628111000777', name: 'Canary Owner' })
  const id = await pair(call, phone)
  const sender = loopback.account({ pn: '628222000888', name: 'Canary Sender' })
  await sender.phone.send(phone.pn, 'canary-text-in-a-message')
  await expect
    .poll(async () => (await call('GET', `/sessions/${id}/chats/${sender.pn}/messages`)).text, { timeout: 10_000 })
    .toContain('canary-text-in-a-message')
  await call('PUT', `/sessions/${id}/chats/${sender.pn}/presence`, { state: 'composing' })
  await call('GET', `/sessions/canary-in-a-path/chats?cursor=canary-in-a-query`)
  await caller(first.url, 'wa_canary_token')('GET', '/sessions')
  await call('POST', `/sessions/${id}:restart`)
  await working(call, id)
  expect(await first.kill('SIGTERM')).toBe(0)
  const log = first.output()
  expect(log).toContain(id)
  for (const secret of [token, 'canary', 'Canary', '628111000777', '628222000888', 'privKey', loopback.rootPublicKey])
    expect(log).not.toContain(secret)
}, 60_000)

test('an unhandled rejection ends nothing, and is logged without its message', async () => {
  const reject = `process.on('SIGUSR2', () => void Promise.reject(new TypeError('about 62811' + '1000777')))`
  const { url, kill, output } = await start({}, ['--import', `data:text/javascript,${encodeURIComponent(reject)}`])
  void kill('SIGUSR2')
  await expect.poll(output, { timeout: 5_000 }).toContain('everything else goes on')
  expect((await fetch(`${new URL(url).origin}/healthz`)).status).toBe(200)
  expect(output()).toContain('"steps":["TypeError",')
  expect(output()).not.toContain('628111000777')
})

test('SIGTERM: ends by itself with 0, and the session comes back with the next start', async () => {
  const first = await start()
  const token = newKey()
  const phone = loopback.account({ pn: '628111000001', name: 'Toko Ayu' })
  const id = await pair(caller(first.url, token), phone)
  expect(await first.kill('SIGTERM')).toBe(0)
  const second = await start()
  await working(caller(second.url, token), id)
  expect(await second.kill('SIGINT')).toBe(0)
}, 60_000)

test('a key made, listed and revoked in the shell counts while the gateway runs', async () => {
  const { url } = await start()
  const token = newKey('manage')
  const call = caller(url, token)
  expect((await call('GET', '/sessions')).status).toBe(200)
  const { stdout } = keys('list', '--json')
  expect(stdout).not.toContain(token)
  const [{ id }] = JSON.parse(stdout) as [{ id: string }]
  expect(keys('revoke', id).status).toBe(0)
  await expect.poll(async () => (await call('GET', '/sessions')).status, { timeout: 5_000 }).toBe(401)
})

test('what is at rest is readable by its owner alone', async () => {
  await start()
  expect((await stat(dataDir)).mode & 0o077).toBe(0)
  for (const name of await readdir(dataDir)) expect((await stat(join(dataDir, name))).mode & 0o077).toBe(0)
})

describe('open pages', () => {
  test('health, metrics, contract and reference need no token', async () => {
    const { url } = await start()
    const { origin } = new URL(url)
    const page = async (path: string) => {
      const answer = await fetch(origin + path)
      return [answer.status, answer.headers.get('content-type'), await answer.text()] as const
    }
    expect(await page('/healthz')).toEqual([200, 'application/json; charset=utf-8', '{"status":"ok"}'])
    expect(await page('/readyz')).toEqual([200, 'application/json; charset=utf-8', '{"status":"ready"}'])
    const [status, , metrics] = await page('/metrics')
    expect(status).toBe(200)
    expect(metrics).toContain('parley_sessions{status="working"} 0')
    expect(metrics).toContain('parley_http_requests_total{operation="/readyz",status="200"} 1')
    expect(metrics).toContain('# TYPE parley_outbox_messages gauge')
    expect(metrics).toContain('parley_store_writes_waiting 0')
    expect(metrics).toContain('parley_store_oldest_write_seconds 0')
    const [, , openapi] = await page('/api/v1/openapi.json')
    expect(JSON.parse(openapi)).toMatchObject({ openapi: '3.1.0' })
    const [, type, docs] = await page('/docs')
    expect(type).toMatch(/^text\/html/)
    expect(docs).toContain('setChatPresence')
  })

  test.each(['/docs', '/api/v1/openapi.json'])('%s comes compressed, and not twice', async (path) => {
    const { origin } = new URL((await start()).url)
    const ask = (headers: Record<string, string>, method = 'GET') => fetch(origin + path, { headers, method })
    const plain = await ask({ 'Accept-Encoding': 'identity' })
    const text = await plain.text()
    const etag = plain.headers.get('etag') ?? ''
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.headers.get('cache-control')).toBe('no-cache')
    for (const [accepted, coding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
    ] as const) {
      const answer = await ask({ 'Accept-Encoding': accepted })
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-encoding': coding,
        vary: 'Accept-Encoding',
        etag,
      })
      expect(await answer.text()).toBe(text)
      expect(Number((await ask({ 'Accept-Encoding': accepted }, 'HEAD')).headers.get('content-length'))).toBeLessThan(
        text.length / 4,
      )
    }
    // As browsers revalidate; Node's fetch would say `no-cache`, which asks for the whole.
    const again = await ask({ 'If-None-Match': etag, 'Cache-Control': 'max-age=0' })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    expect((await ask({ 'If-None-Match': '"another"' })).status).toBe(200)
  })

  test('the reference may run its own script, and nothing else', async () => {
    const { origin } = new URL((await start()).url)
    const policy = (await fetch(`${origin}/docs`)).headers.get('content-security-policy')
    expect(policy).toMatch(
      /^default-src 'none'; .*style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; frame-ancestors 'none'$/,
    )
  })

  test('the address alone leads to the reference, and a tab of it has a picture', async () => {
    const { origin } = new URL((await start()).url)
    for (const path of ['/', '/docs/', '/?from=somewhere']) {
      const answer = await fetch(origin + path, { redirect: 'manual' })
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs'])
    }
    const icon = await fetch(`${origin}/favicon.ico`)
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
    expect(await icon.text()).toMatch(/^<svg .*<\/svg>$/)
  })

  test('no page of another origin is answered, unless origins are listed', async () => {
    const { url } = await start()
    const answer = await fetch(`${url}/sessions`, { headers: { Origin: 'http://localhost:5173' } })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test.each([
    ['a proxy that says so', ['Host: 127.0.0.1', 'X-Forwarded-For: 203.0.113.9']],
    ['one of another kind', ['Host: 127.0.0.1', 'Forwarded: for=203.0.113.9']],
    ['nginx as many set it up', ['Host: localhost', 'X-Real-IP: 203.0.113.9']],
    ['a cache', ['Host: localhost', 'Via: 1.1 varnish']],
    ['a content network', ['Host: 127.0.0.1', 'CF-Connecting-IP: 203.0.113.9']],
    ['a page whose name was pointed here', ['Host: evil.example']],
    ['a name that looks like this machine', ['Host: 127.0.0.1.evil.example:3000']],
    ['nobody by name', ['Host:']],
  ])('metrics are for this machine, not for %s', async (_who, headers) => {
    const { origin } = new URL((await start()).url)
    const ask = (lines: string[]) =>
      sendRaw(origin, rawRequest({ target: '/metrics', headers: [...lines, 'Connection: close'], bare: true }))
    expect((await ask(headers)).status).toBe(404)
    expect((await ask(['Host: localhost:3000'])).status).toBe(200)
    expect((await ask(['Host: [::1]:3000'])).status).toBe(200)
  })

  test('metrics are not for a proxy that says nothing: it speaks HTTP/1.0', async () => {
    const { origin } = new URL((await start()).url)
    const answer = await sendRaw(origin, Buffer.from('GET /metrics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n'))
    expect(answer.status).toBe(404)
  })
})

describe('options', () => {
  const start = (...options: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['server/main.ts', ...options], {
      cwd: root,
      env: { ...bareEnv, ...env({}) },
      encoding: 'utf8',
      timeout: 50_000,
    })
    return { status, stdout, stderr }
  }

  test('--help has every setting, and starts nothing', () => {
    const { status, stdout, stderr } = start('--help')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const { name, meaning, fallback } of settings) {
      expect(stdout).toContain(`  ${name}\n      ${meaning}`)
      expect(stdout).toContain(`default: ${fallback}\n`)
    }
  })

  test('any other is refused', () => {
    const words = 'parley: unknown option --port: npm start -- --help lists the settings\n'
    expect(start('--port', '80')).toEqual({ status: 1, stdout: '', stderr: words })
  })
})

describe('a start that cannot succeed says why in one line and ends with 1:', () => {
  const failure = (more: Record<string, string>) => {
    const { status, stderr } = spawnSync(process.execPath, ['server/main.ts'], {
      cwd: root,
      env: { ...bareEnv, ...env(more) },
      encoding: 'utf8',
      timeout: 50_000,
    })
    // The log has one line for each thing that has happened before.
    return {
      status,
      lines: stderr
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('{')),
    }
  }

  test.each([
    ['a wrong port', { PORT: 'eighty' }, 'PORT takes'],
    ['a WhatsApp that is not on this machine', { WHATSAPP_URL: 'wss://example.com/' }, 'loopback'],
    ['a short encryption key', { ENCRYPTION_KEY: 'abcd' }, 'ENCRYPTION_KEY'],
    ['login keys without an issuer', { JWKS_URL: 'https://login.example/keys' }, 'belong together'],
    ['an address of another machine', { HOST: '203.0.113.9' }, 'set HOST'],
    ['a folder that is a file', { DATA_DIR: import.meta.filename }, 'DATA_DIR'],
    ['a folder in a file', { DATA_DIR: join(import.meta.filename, 'data') }, 'DATA_DIR'],
    ['a folder that cannot be created', { DATA_DIR: '/proc/parley' }, 'DATA_DIR'],
  ])('%s', (_name, more, reason) => {
    expect(failure(more)).toEqual({ status: 1, lines: [expect.stringMatching(new RegExp(`^parley: .*${reason}`))] })
  })

  test.each([
    ['a key file that others can read', 'encryption.key', 'x', 'chmod 600'],
    ['a damaged key file', 'encryption.key', 'x', 'is damaged'],
    ['a file that is no database', 'parley.db', 'x'.repeat(100), 'no SQLite database'],
    ['a folder in place of the database', 'parley.db', undefined, 'cannot be opened'],
    ['a folder in place of the lock', 'parley.lock', undefined, 'cannot be used'],
    ['a folder in place of the generation', 'parley.generation', undefined, 'cannot be read'],
  ])('%s', async (_name, file, content, reason) => {
    if (content === undefined) await mkdir(join(dataDir, file))
    else await writeFile(join(dataDir, file), content, { mode: reason === 'chmod 600' ? 0o644 : 0o600 })
    expect(failure({})).toEqual({ status: 1, lines: [expect.stringMatching(new RegExp(`^parley: .*${reason}`))] })
  })

  test('credentials whose key file is gone, with the next start too', async () => {
    await copyFile(join(root, 'test/fixtures/poisoned-8b39a87/parley.db'), join(dataDir, 'parley.db'))
    for (let starts = 0; starts < 2; starts += 1)
      expect(failure({})).toEqual({ status: 1, lines: [expect.stringMatching(/^parley: .*is gone: restore it/)] })
  })

  /** Arguments of a Node that finds no compiled `sqlite3`. */
  const withoutPackage = () => {
    const broken = `
      import { createRequire } from 'node:module'
      const bindings = createRequire(process.cwd() + '/package.json').resolve('bindings')
      createRequire(bindings)(bindings)
      createRequire(bindings).cache[bindings].exports = () => { throw new Error('no bindings\\n file') }`
    return ['--import', `data:text/javascript,${encodeURIComponent(broken)}`]
  }

  test('the driver of another package, which is not built', () => {
    const { status, stderr } = spawnSync(process.execPath, [...withoutPackage(), 'server/main.ts'], {
      cwd: root,
      env: { ...bareEnv, ...env(), STORE_DRIVER: 'sqlite3' },
      encoding: 'utf8',
      timeout: 50_000,
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^parley: STORE_DRIVER=sqlite3 needs the package sqlite3.*npm ci` again\n$/)
  })

  test('without that package, nothing is missed', async () => {
    const { url } = await start({}, withoutPackage())
    expect((await fetch(new URL('/readyz', url))).status).toBe(200)
  })

  test('a port that is taken', async () => {
    const { url } = await start()
    const { port } = new URL(url)
    await rm(join(dataDir, 'other'), { recursive: true, force: true })
    const result = failure({ PORT: port, DATA_DIR: join(dataDir, 'other') })
    expect(result).toEqual({ status: 1, lines: [expect.stringContaining(port)] })
  })
})
