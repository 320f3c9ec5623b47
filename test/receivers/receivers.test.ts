/**
 * The receivers in `examples/receivers/`, of which the guide shows the verification, each as its user starts it. What they are sent is
 * signed by the suite, which agrees with the library of Standard Webhooks; `test/e2e/webhooks.test.ts` has that library verify what the
 * gateway sends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { signatureOf } from '../../conformance/signature.ts'
import { root } from '../../contract/tools.ts'
import { freePort } from '../support/free-port.ts'
import { blocksOf } from '../support/markdown.ts'

const folder = join(root, 'examples/receivers')
const secret = `whsec_${randomBytes(32).toString('base64')}`
const foreign = `whsec_${randomBytes(32).toString('base64')}`

const receivers: [file: string, command: string, args: (port: number, path: string) => string[]][] = [
  ['receive.mjs', process.execPath, (_port, path) => [path]],
  ['receive.py', 'python3', (_port, path) => [path]],
  ['receive.go', 'go', (_port, path) => ['run', path]],
  ['receive.php', 'php', (port, path) => ['-S', `127.0.0.1:${port}`, path]],
]

const isHere = (command: string) =>
  spawnSync(command, [command === 'go' ? 'version' : '--version'], { stdio: 'ignore' }).status === 0

const event = { id: 'evt_01KF0EVBSH3R8W5Q0N2V7T6Y4M', event: 'message', payload: { message: { body: 'Größe "10"' } } }
const now = () => Math.floor(Date.now() / 1000)

describe.each(receivers)('%s', (file, command, argsOf) => {
  const here = isHere(command)
  if (!here) console.warn(`SKIPPED: there is no ${command} on this machine, so that ${file} is not run`)
  let child: ChildProcess
  let url: string
  let output = ''

  beforeAll(async () => {
    if (!here) return
    const port = await freePort()
    url = `http://127.0.0.1:${port}/`
    child = spawn(command, argsOf(port, join(folder, file)), {
      env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) },
      // What it has started, such as a program that it has compiled first, ends with it.
      detached: true,
    })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
    await vi.waitFor(() => fetch(url, { method: 'POST' }), { timeout: 60_000, interval: 100 })
  }, 90_000)

  afterAll(async () => {
    if (child?.pid === undefined || child.exitCode !== null) return
    process.kill(-child.pid, 'SIGKILL')
    await once(child, 'exit')
  })

  const post = async (said: { at?: number; signatures?: string[]; body?: string; id?: string }) => {
    const { at = now(), body = JSON.stringify(event), id = event.id } = said
    const call = { id, timestamp: String(at), body }
    const { signatures = [signatureOf(secret, call)] } = said
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': call.timestamp,
        'webhook-signature': signatures.join(' '),
        'content-type': 'application/json',
      },
      body,
    })
    return response.status
  }
  const signed = (by: string) => (at: number) =>
    signatureOf(by, { id: event.id, timestamp: String(at), body: JSON.stringify(event) })

  test.skipIf(!here)('takes what is signed, also while the secret is being replaced', async () => {
    expect(await post({})).toBe(204)
    const at = now()
    expect(await post({ at, signatures: [signed(foreign)(at), signed(secret)(at)] })).toBe(204)
    await vi.waitFor(() => expect(output).toContain(event.id))
  })

  test.skipIf(!here)('refuses what is not', async () => {
    const at = now()
    expect(await post({ at, signatures: [signed(foreign)(at)] })).toBe(401)
    expect(await post({ at, signatures: [signed(secret)(at)], body: '{"id":"evt_other"}' })).toBe(401)
    expect(await post({ at, signatures: [signed(secret)(at)], id: 'evt_01KF0EVBSH3R8W5Q0N2V7T6Y4N' })).toBe(401)
    expect(await post({ at, signatures: [''] })).toBe(401)
    expect(await post({ at, signatures: ['v1,', 'v2,AAAA', '%'] })).toBe(401)
    expect(await post({ at: at - 600 })).toBe(401)
    expect(await post({ at: at + 600 })).toBe(401)
    expect((await fetch(url, { method: 'POST', body: JSON.stringify(event) })).status).toBe(401)
  })
})

test('the suite signs as the library of Standard Webhooks does', () => {
  const body = JSON.stringify(event)
  const signed = signatureOf(secret, { id: event.id, timestamp: '1768468361', body })
  expect(signed).toBe(new Webhook(secret).sign(event.id, new Date(1_768_468_361_000), body))
})

test('the guide shows how each of them verifies, as it does', async () => {
  const shown = blocksOf(await readFile(join(root, 'docs/events.md'), 'utf8')).filter(({ notes }) => notes.from)
  expect(shown.map(({ notes }) => notes.from)).toEqual(receivers.map(([file]) => `examples/receivers/${file}`))
  for (const { notes, text } of shown) expect(await readFile(join(root, notes.from ?? ''), 'utf8')).toContain(text)
})
