/** The plain consumer next to the gateway: linked to the same account, with the same messages and the same kills. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import type { Account, Companion, Loopback } from '../../../loopback/index.ts'
import { giveOrder } from '../harness/gateway.ts'
import type { Traffic } from '../harness/traffic.ts'
import { until, wait } from '../harness/until.ts'
import type { Order } from '../shim/orders.ts'
import type { SendOrder } from './consumer.ts'

export interface Control {
  readonly companion: Companion
  /** Starts it again; resolves when it is connected. */
  start(): Promise<void>
  /** kill -9. */
  kill(): Promise<void>
  /** Has it send a text. @returns whether it answered, after it had stored what it sent */
  send(to: string, text: string): Promise<boolean>
  /** Whether it has stored that it sent this text. */
  hasSent(text: string): Promise<boolean>
  /** Gives an order to the shim under its driver. */
  order(order: Order): Promise<void>
  /** Resolves when the process has ended by itself. */
  ended(): Promise<void>
  /**
   * Waits until it has received everything, and stops it.
   * @returns ids of messages that it has acknowledged to WhatsApp but not stored
   */
  lost(traffic: Traffic): Promise<string[]>
  close(): Promise<void>
}

const drainMs = 60_000
/** A send that takes longer has failed, and so has the process. */
const sendMs = 20_000
/** The library may hold messages back for half a minute. */
const bufferMs = 45_000

export const startControl = async (loopback: Loopback, owner: Account): Promise<Control> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-faults-control-'))
  const file = join(folder, 'control.db')
  let child: ChildProcess | undefined

  const spawnChild = () => {
    const program = join(import.meta.dirname, 'consumer.ts')
    const shim = join(import.meta.dirname, '../shim/preload.ts')
    child = spawn(process.execPath, ['--import', shim, program, file, loopback.url, loopback.rootPublicKey], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    return child
  }

  const isGone = () => child === undefined || child.exitCode !== null || child.signalCode !== null

  const kill = async () => {
    if (child === undefined || isGone()) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    await until('WhatsApp to notice', () => !companion.isOnline || undefined)
  }

  const first = spawnChild()
  const [{ qr }] = (await once(first, 'message')) as [{ qr: string }]
  const companion = await owner.phone.scanQR(qr)
  await loopback.next('online', (event) => event.companion === companion.jid, 20_000)
  await owner.phone.sendHistory({}, companion)

  return {
    companion,
    kill,
    async order(order) {
      if (child !== undefined) await giveOrder(child, order)
    },
    async send(to, text) {
      const process = child
      if (process === undefined || isGone()) return false
      const answered = new Promise<boolean>((resolve) => {
        const hear = (message: unknown) => {
          if (typeof message !== 'object' || message === null || !('sent' in message) || message.sent !== text) return
          process.off('message', hear)
          resolve(true)
        }
        process.on('message', hear)
        process.once('exit', () => resolve(false))
      })
      const deadline = setTimeout(() => process.kill('SIGKILL'), sendMs)
      process.send({ send: { to, text } } satisfies SendOrder)
      return answered.finally(() => clearTimeout(deadline))
    },
    hasSent: async (text) => (await rowsOf(file, 'SELECT id FROM sent WHERE text = ?', text)).length > 0,
    async ended() {
      await until('the control to end', () => isGone() || undefined)
      await until('WhatsApp to notice', () => !companion.isOnline || undefined)
    },
    async start() {
      spawnChild()
      await until('the control to be connected', () => companion.isOnline || undefined)
    },
    async lost(traffic) {
      // What it never acknowledges is not lost: WhatsApp delivers it again with each login.
      await wait(() => companion.queue.size === 0 || undefined, drainMs)
      // The library emits messages in order: when it has emitted this one, its buffer is empty.
      const last = await traffic.last()
      await until('the last message', async () => (await storedIds(file)).has(last.id) || undefined, bufferMs)
      await kill()
      const stored = await storedIds(file)
      const waiting = new Set([...companion.queue].map(({ attrs }) => attrs.id))
      return [...traffic.sent.keys()].filter((id) => !stored.has(id) && !waiting.has(id))
    },
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const storedIds = async (file: string) => new Set((await rowsOf(file, 'SELECT id FROM messages')).map(({ id }) => id))

const rowsOf = (file: string, sql: string, ...values: string[]) =>
  new Promise<{ id: string }[]>((resolve, reject) => {
    const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY)
    database.all<{ id: string }>(sql, values, (error, rows) => {
      database.close()
      if (error) reject(error)
      else resolve(rows)
    })
  })
