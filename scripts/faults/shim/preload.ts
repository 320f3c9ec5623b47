/**
 * A shim between the store and the SQLite driver, which makes statements fail, delays them, or kills the process. Only the fault suite
 * loads it, with `--import`; the gateway does not know it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../../../server/store/sqlite/database.ts'
import { drivers } from '../../../server/store/sqlite/driver.ts'
import type { Order, Which } from './orders.ts'

let failing: Extract<Order, { do: 'fail' }> | undefined
let slow: Extract<Order, { do: 'slow' }> | undefined
let dying: (Extract<Order, { do: 'die' }> & { seen: number; armed: boolean }) | undefined
let clockOffsetMs = 0

/** The drivers' errors carry it. */
const errnoOf = { SQLITE_BUSY: 5, SQLITE_IOERR: 10, SQLITE_FULL: 13 }

/** Where a connection is. */
interface Place {
  inTransaction: boolean
}

const fits = (which: Which, sql: string, place: Place): boolean => {
  if (which === 'commits') return isCommit(sql, place)
  if (which === 'writes') return /^\s*(begin|insert|update|delete|replace|commit)/i.test(sql)
  return new RegExp(which.like, 'i').test(sql)
}

/** Outside of a transaction each statement that writes commits itself. */
const isCommit = (sql: string, { inTransaction }: Place) =>
  /^\s*commit/i.test(sql) || (!inTransaction && /^\s*(insert|update|delete|replace)/i.test(sql))

const die = () => process.kill(process.pid, 'SIGKILL')

const before = (sql: string, place: Place) => {
  if (dying === undefined) return
  if (dying.armed && dying.when === 'uncommitted' && isCommit(sql, place)) die()
  if (!fits(dying.which, sql, place)) return
  dying.seen += 1
  if (dying.seen !== dying.nth) return
  if (dying.when === 'before' || (dying.when === 'uncommitted' && isCommit(sql, place))) die()
  dying.armed = true
}

const after = (sql: string, place: Place) => {
  if (dying?.armed && (dying.when === 'after' || (dying.when === 'committed' && isCommit(sql, place)))) die()
  if (/^\s*begin/i.test(sql)) place.inTransaction = true
  if (/^\s*(commit|rollback)/i.test(sql)) place.inTransaction = false
}

/** Wraps an open file with the shim. */
const shimmed = (database: Database): Database => {
  const place: Place = { inTransaction: false }
  const run = async <T>(sql: string, work: () => T | Promise<T>): Promise<T> => {
    if (failing !== undefined && fits(failing.which, sql, place)) {
      const { code } = failing
      throw Object.assign(new Error(`${code}: injected`), { code, errno: errnoOf[code] })
    }
    before(sql, place)
    if (slow !== undefined && fits(slow.which, sql, place)) await pause(slow.ms)
    const result = await work()
    after(sql, place)
    return result
  }
  return {
    all: (sql, values) => run(sql, () => database.all(sql, values)),
    script: (sql) => run(sql, () => database.script(sql)),
    close: () => database.close(),
  }
}

for (const driver of Object.values(drivers)) {
  const { open } = driver
  driver.open = async (...args) => shimmed(await open(...args))
}

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
