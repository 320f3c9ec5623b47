/**
 * A shim between the store and the SQLite driver, which makes statements fail, delays them, or kills the process. Only the fault suite
 * loads it, with `--import`; the gateway does not know it.
 */
import sqlite3 from 'sqlite3'
import type { Order, Which } from './orders.ts'

type Callback = (error: Error | null, ...rest: unknown[]) => void
type Call = (this: { sql?: string }, ...args: unknown[]) => unknown

let failing: Extract<Order, { do: 'fail' }> | undefined
let slow: Extract<Order, { do: 'slow' }> | undefined
let dying: (Extract<Order, { do: 'die' }> & { seen: number; armed: boolean }) | undefined
let clockOffsetMs = 0
/** Of the writing connection; the others start no transactions. */
let inTransaction = false

/** The driver's errors carry both. */
const errnoOf = { SQLITE_BUSY: 5, SQLITE_IOERR: 10, SQLITE_FULL: 13 }

const fits = (which: Which, sql: string): boolean => {
  if (which === 'commits') return isCommit(sql)
  if (which === 'writes') return /^\s*(begin|insert|update|delete|replace|commit)/i.test(sql)
  return new RegExp(which.like, 'i').test(sql)
}

/** Outside of a transaction each statement that writes commits itself. */
const isCommit = (sql: string) =>
  /^\s*commit/i.test(sql) || (!inTransaction && /^\s*(insert|update|delete|replace)/i.test(sql))

const die = () => process.kill(process.pid, 'SIGKILL')

const before = (sql: string) => {
  if (dying === undefined) return
  if (dying.armed && dying.when === 'uncommitted' && isCommit(sql)) die()
  if (!fits(dying.which, sql)) return
  dying.seen += 1
  if (dying.seen !== dying.nth) return
  if (dying.when === 'before' || (dying.when === 'uncommitted' && isCommit(sql))) die()
  dying.armed = true
}

const after = (sql: string) => {
  if (dying?.armed && (dying.when === 'after' || (dying.when === 'committed' && isCommit(sql)))) die()
  if (/^\s*begin/i.test(sql)) inTransaction = true
  if (/^\s*(commit|rollback)/i.test(sql)) inTransaction = false
}

/** Wraps a method with the shim. */
const shimmed = (original: Call, sqlOf: (self: { sql?: string }, args: unknown[]) => string): Call =>
  function (this, ...args) {
    const sql = sqlOf(this, args)
    const callback = args.at(-1)
    if (typeof callback !== 'function') return original.apply(this, args)
    const done = callback as Callback
    if (failing !== undefined && fits(failing.which, sql)) {
      const error = Object.assign(new Error(`${failing.code}: injected`), {
        code: failing.code,
        errno: errnoOf[failing.code],
      })
      setImmediate(done, error)
      return this
    }
    before(sql)
    const run = () =>
      original.call(this, ...args.slice(0, -1), (error: Error | null, ...rest: unknown[]) => {
        if (error === null) after(sql)
        done.call(this, error, ...rest)
      })
    if (slow !== undefined && fits(slow.which, sql)) {
      setTimeout(run, slow.ms)
      return this
    }
    return run()
  }

const statement = sqlite3.Statement.prototype as unknown as { all: Call }
statement.all = shimmed(statement.all, ({ sql }) => sql ?? '')
const database = sqlite3.Database.prototype as unknown as { exec: Call }
database.exec = shimmed(database.exec, (_self, [sql]) => String(sql))

const RealDate = Date
const now = Date.now
globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(now() + clockOffsetMs)
    else super(...(args as [number]))
  }
  static override now() {
    return now() + clockOffsetMs
  }
} as DateConstructor

/** The gateway loads the library when it is first needed, and gets the same one. */
const dieReading = async (text: string) => {
  const { proto } = await import('@whiskeysockets/baileys')
  const { decode } = proto.Message
  proto.Message.decode = (...args) => {
    const message = decode.apply(proto.Message, args)
    if (message.conversation === text) die()
    return message
  }
}

const take = (order: Order) => {
  switch (order.do) {
    case 'fail':
      failing = order
      break
    case 'slow':
      slow = order
      break
    case 'die':
      dying = { ...order, seen: 0, armed: false }
      break
    case 'dieAfter':
      setTimeout(die, order.ms)
      break
    case 'dieReading':
      void dieReading(order.text)
      break
    case 'stall':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.ms)
      break
    case 'clock':
      clockOffsetMs = order.offsetMs
      break
    case 'collect':
      gc?.()
      break
    case 'heal':
      failing = undefined
      slow = undefined
      dying = undefined
  }
}

for (const order of JSON.parse(process.env.FAULT_ORDERS ?? '[]') as Order[]) take(order)

process.on('message', (order: Order) => {
  // Answered before the stall, so that its sender can observe it.
  process.send?.('done', () => take(order))
})
// This channel must not keep the gateway's process running.
process.channel?.unref()
