/**
 * A shim between the store and the SQLite driver, which makes statements fail, delays them, or kills the process. Only the fault suite
 * loads it, with `--import`; the gateway does not know it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
import type { Database } from '../../../server/store/sqlite/database.ts'
import { drivers } from '../../../server/store/sqlite/driver.ts'
import type { Order, Which } from './orders.ts'
import { shareState } from './shared.ts'

type Of<Kind> = Extract<Order, { do: Kind }>

interface State {
  failing?: Of<'fail'>
  slow?: Of<'slow'>
  dying?: Of<'die'>
  clockOffsetMs?: number
}

/** A store that is written in a thread of its own has the shim in that thread too. */
const shared = shareState<State>({})
let death = { order: '', seen: 0, armed: false }

/** The order to die, and how far it is in this thread. */
const deathOf = (order: Of<'die'>) => {
  const text = JSON.stringify(order)
  if (death.order !== text) death = { order: text, seen: 0, armed: false }
  return death
}

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
  const { dying } = shared.state
  if (dying === undefined) return
  const progress = deathOf(dying)
  if (progress.armed && dying.when === 'uncommitted' && isCommit(sql, place)) die()
  if (!fits(dying.which, sql, place)) return
  progress.seen += 1
  if (progress.seen !== dying.nth) return
  if (dying.when === 'before' || (dying.when === 'uncommitted' && isCommit(sql, place))) die()
  progress.armed = true
}

const after = (sql: string, place: Place) => {
  const { dying } = shared.state
  const isArmed = dying !== undefined && deathOf(dying).armed
  if (isArmed && (dying.when === 'after' || (dying.when === 'committed' && isCommit(sql, place)))) die()
  if (/^\s*begin/i.test(sql)) place.inTransaction = true
  if (/^\s*(commit|rollback)/i.test(sql)) place.inTransaction = false
}

const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** Wraps an open file with the shim. */
const shimmed = (database: Database, blocks: boolean): Database => {
  const place: Place = { inTransaction: false }
  const run = async <T>(sql: string, work: () => T | Promise<T>): Promise<T> => {
    const { failing, slow } = shared.state
    if (failing !== undefined && fits(failing.which, sql, place)) {
      const { code } = failing
      throw Object.assign(new Error(`${code}: injected`), { code, errno: errnoOf[code] })
    }
    before(sql, place)
    if (slow !== undefined && fits(slow.which, sql, place)) await (blocks ? block(slow.ms) : pause(slow.ms))
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
  driver.open = async (...args) => shimmed(await open(...args), driver.blocks)
}

const RealDate = Date
const now = Date.now
globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(now() + (shared.state.clockOffsetMs ?? 0))
    else super(...(args as [number]))
  }
  static override now() {
    return now() + (shared.state.clockOffsetMs ?? 0)
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
      shared.set({ ...shared.state, failing: order })
      break
    case 'slow':
      shared.set({ ...shared.state, slow: order })
      break
    case 'die':
      shared.set({ ...shared.state, dying: order })
      break
    case 'dieAfter':
      setTimeout(die, order.ms)
      break
    case 'dieReading':
      void dieReading(order.text)
      break
    case 'stall':
      block(order.ms)
      break
    case 'clock':
      shared.set({ ...shared.state, clockOffsetMs: order.offsetMs })
      break
    case 'collect':
      gc?.()
      break
    case 'heal':
      shared.set({ clockOffsetMs: shared.state.clockOffsetMs ?? 0 })
  }
}

if (isMainThread) {
  for (const order of JSON.parse(process.env.FAULT_ORDERS ?? '[]') as Order[]) take(order)

  process.on('message', (order: Order) => {
    // Answered before the stall, so that its sender can observe it.
    process.send?.('done', () => take(order))
  })
  // This channel must not keep the gateway's process running.
  process.channel?.unref()
}
