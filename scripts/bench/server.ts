/** A server as anyone would start it: by its command, in a process of its own, watched from outside. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openClient, requestText } from './http-client.ts'
import { pinned, processors } from './machine.ts'
import type { Bench } from './row.ts'

export interface StartedServer {
  /** From the start of the process to the first 2xx, milliseconds. */
  startMs: number
  stop(): Promise<void>
}

export interface ServerOrder {
  /** Printed when it failed. */
  name: string
  /** Arguments of Node. */
  args: string[]
  env?: Record<string, string>
  /** It will listen there. */
  port: number
  /** What it is asked until it answers 2xx. */
  path: string
  token: string
}

const deadlineMs = 30_000
const stopMs = 10_000
/** Between two questions: short against what is measured, long enough to leave the processor to the server. */
const pollMs = 5

/**
 * It ends with the row, if not before.
 * @throws when it ends, or has not answered within 30 s
 */
export const startServer = async (bench: Bench, order: ServerOrder): Promise<StartedServer> => {
  const { name, args, env, port, path, token } = order
  const [command, ...rest] = pinned(processors.server, [process.execPath, ...args])
  const started = performance.now()
  const child = spawn(command, rest, { stdio: 'ignore', env: { ...process.env, ...env } })
  const exited = once(child, 'exit')
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    const kill = setTimeout(() => child.kill('SIGKILL'), stopMs)
    if (!isGone()) child.kill('SIGTERM')
    await exited
    clearTimeout(kill)
  }
  bench.endsWith(stop)
  const request = requestText({ port, path, token, method: 'GET' })
  while (!(await answers(port, request))) {
    if (isGone()) throw new Error(`${name} ended before it answered`)
    if (performance.now() - started > deadlineMs)
      throw new Error(`${name} did not answer within ${deadlineMs / 1000} s`)
    await pause(pollMs)
  }
  return { startMs: performance.now() - started, stop }
}

const answers = async (port: number, request: string): Promise<boolean> => {
  try {
    const client = await openClient(port)
    try {
      const status = await client.send(request)
      return status >= 200 && status < 300
    } finally {
      client.close()
    }
  } catch {
    // Nobody listens yet.
    return false
  }
}

/** A port that nobody listens on now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Prism on the same contract: it serves the paths without the prefix, and takes any token. */
export const startPrism = (bench: Bench, port: number): Promise<StartedServer> => {
  const prism = createRequire(import.meta.url).resolve('@stoplight/prism-cli/dist/index.js')
  const document = join(import.meta.dirname, '../../generated/openapi.json')
  return startServer(bench, {
    name: 'Prism',
    args: [prism, 'mock', document, '--host', '127.0.0.1', '--port', String(port)],
    port,
    path: '/sessions',
    token: 'any',
  })
}
