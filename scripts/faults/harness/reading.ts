import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { World } from './world.ts'

export interface Readings {
  count: number
  failures: number
  /** Milliseconds. */
  p50: number
  p99: number
}

export interface Reader {
  /** What was measured since the last time. */
  take(): Promise<Readings>
}

/** Whose gateway is read, and until when. */
export interface ReadWorld extends Pick<World, 'token'> {
  gateway: { url: string }
  onClose: (end: () => Promise<unknown>) => void
}

/** Reads a page at a fixed rate until the world ends. */
export const startReader = (world: ReadWorld, path: string, perSecond: number): Reader => {
  const program = join(import.meta.dirname, 'reader.ts')
  const child = spawn(process.execPath, [program, world.gateway.url, world.token, path, String(perSecond)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  world.onClose(async () => {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  })
  return {
    async take() {
      const line = once(lines, 'line')
      child.stdin.write('\n')
      const [text] = (await line) as [string]
      return JSON.parse(text) as Readings
    },
  }
}
