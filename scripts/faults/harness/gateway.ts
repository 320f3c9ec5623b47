/** The gateway as its users run it: a separate process, with the command of `npm start`, that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Order } from '../shim/orders.ts'

export interface Gateway {
  /** Base URL with the prefix. */
  readonly url: string
  readonly pid: number
  /** From the start of the process until it listened. */
  readonly startMs: number
  readonly isAlive: boolean
  /** Everything it has printed, both streams. */
  output(): string
  /** Resolves when the process is gone. @returns exit code, or the signal's name */
  kill(signal: NodeJS.Signals): Promise<number | string>
  /** A signal that does not end it, or not at once. */
  signal(signal: NodeJS.Signals): void
  /** Resolves with exit code or signal when it ends. */
  readonly ended: Promise<number | string>
  /** Gives an order to the shim, which must be loaded; resolves when it has taken it. */
  order(order: Order): Promise<void>
  /** Resident memory, bytes. */
  rss(): number
  /** Open file descriptors. */
  descriptors(): number
}

export interface GatewayOptions {
  env: Record<string, string>
  /** Loads the shim under the driver. */
  shim?: boolean
  nodeArgs?: string[]
  /** A wrapper: a command that gets the gateway's command as its last arguments. */
  wrapper?: string[]
  /** Orders for the shim that hold from the first statement on. */
  orders?: Order[]
}

const root = join(import.meta.dirname, '../../..')

/** That of the suite: it runs on both drivers. */
const storeDriver = () => {
  const { STORE_DRIVER } = process.env
  return STORE_DRIVER === undefined ? {} : { STORE_DRIVER }
}
const readyMs = 90_000

/**
 * Resolves when it listens.
 * @throws StartFailed when it ends instead, or takes more than 90 s
 */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { env, shim = false, nodeArgs = [], wrapper = [], orders = [] } = options
  const started = performance.now()
  const preload = shim ? ['--import', join(import.meta.dirname, '../shim/preload.ts')] : []
  const program = ['--import', './server/compile-cache.js', ...preload, 'server/main.ts']
  const [command = '', ...args] = [...wrapper, process.execPath, ...nodeArgs, ...program]
  const child = spawn(command, args, {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      ...storeDriver(),
      ...env,
      ...(orders.length > 0 && { FAULT_ORDERS: JSON.stringify(orders) }),
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(shim ? (['ipc'] as const) : [])],
  })
  const chunks: Buffer[] = []
  const output = () => Buffer.concat(chunks).toString('utf8')
  const ended = once(child, 'exit').then(([code, by]): number | string => code ?? by)
  const url = await ready(child, chunks, output)
  const pid = child.pid ?? 0

  return {
    url,
    pid,
    startMs: performance.now() - started,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null
    },
    output,
    ended,
    kill: async (signal) => {
      child.kill(signal)
      return ended
    },
    signal: (signal) => void child.kill(signal),
    order: (order) => giveOrder(child, order),
    rss: () => residentBytes(pid),
    descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
  }
}

/** It ended before it listened. The message is what it printed. */
export class StartFailed extends Error {
  override name = 'StartFailed'
}

const ready = (child: ChildProcess, chunks: Buffer[], output: () => string) =>
  new Promise<string>((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new StartFailed(`not ready in ${readyMs} ms: ${output()}`))
    }, readyMs)
    let head = ''
    const read = (chunk: Buffer) => {
      chunks.push(chunk)
      if (head === 'seen') return
      head += chunk
      const found = /API\s+(http\S+)/.exec(head)?.[1]
      if (found === undefined) return
      head = 'seen'
      clearTimeout(deadline)
      resolve(found)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(deadline)
      reject(new StartFailed(output()))
    })
  })

/** Resolves when the shim in that process has taken it. */
export const giveOrder = (child: ChildProcess, order: Order) =>
  new Promise<void>((resolve, reject) => {
    const done = (answer: unknown) => {
      if (answer !== 'done') return
      child.off('message', done)
      resolve()
    }
    child.on('message', done)
    child.send(order, (error) => error && reject(error))
  })

const residentBytes = (pid: number) => {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return pages * 4096
}
