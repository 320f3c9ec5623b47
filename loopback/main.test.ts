import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

function run(...args: string[]): ChildProcess & { output(): string } {
  const child = spawn(process.execPath, [MAIN, ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
  return Object.assign(child, { output: () => output })
}

test.each(['SIGTERM', 'SIGINT'] as const)('prints one line when ready, and ends cleanly on %s', async (signal) => {
  const child = run('--port', '0', '--control-port', '0')
  if (child.stdout) await once(child.stdout, 'data')
  const { url, rootPublicKey, controlUrl } = JSON.parse(child.output())
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/ws\/chat$/)
  expect(rootPublicKey).toMatch(/^[0-9a-f]{64}$/)
  expect(await (await fetch(`${controlUrl}/stats`)).json()).toMatchObject({ connections: 0 })
  const exited = once(child, 'exit')
  child.kill(signal)
  expect(await exited).toEqual([0, null])
})

test('--help says what can be given', async () => {
  const child = run('--help')
  await once(child, 'exit')
  expect(child.output()).toContain('--control-port')
})

test('a wrong port is refused with one line', async () => {
  const child = run('--port', 'x')
  expect(await once(child, 'exit')).toEqual([1, null])
  expect(child.output()).toBe('whatsapp-loopback: not a port: x\n')
})
