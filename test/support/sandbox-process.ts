/** The sandbox as a process of its own, so that a test that asks much of it has the other core. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTarget, type Target } from '../../conformance/index.ts'

export interface SandboxProcess {
  target: Target
  close(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const readyMs = 60_000

/** @throws with what it printed when it ends instead */
export const startSandboxProcess = async (): Promise<SandboxProcess> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-target-'))
  const file = join(folder, 'target.json')
  const child = spawn(process.execPath, ['scripts/sandbox.ts', '--port', '0', '--target-file', file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  let output = ''
  const ready = new Promise<void>((resolve, reject) => {
    const read = (text: Buffer) => {
      // Later it says what WhatsApp saw, without end.
      if (output.length < 10_000) output += text
      if (output.includes('Ctrl-C ends it.')) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    ended.then(([code]) => reject(new Error(`ended with ${code}: ${output}`)))
    setTimeout(() => reject(new Error(`not ready in ${readyMs} ms: ${output}`)), readyMs).unref()
  })
  const close = async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await ready
    return { target: (await readTarget(file, {})).target, close }
  } catch (error) {
    await close()
    throw error
  }
}
