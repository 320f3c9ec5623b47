/** What becomes of a session whose connection ends. */
import { describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../ports/store/errors.ts'
import type { CloseReason } from '../ports/whatsapp/connection.ts'
import {
  connection,
  connectionsOf,
  created,
  inSupervisor,
  isOpen,
  keep,
  me,
  open,
  pairedRow,
  pass,
  rowOf,
  seconds,
  store,
  supervisor,
  turn,
  whatsapp,
  working,
} from './test-supervisor.ts'

inSupervisor()

describe('a connection ends', () => {
  test('lost: reconnects after the back-off, and live calls have no client in between', async () => {
    const id = await working()
    connection(id).closed('lost', '428')
    expect(await isOpen(id)).toBe(false)
    expect(await rowOf(id)).toMatchObject({ status: 'starting', wanted: true })
    await pass(499)
    expect(connectionsOf(id)).toBe(2)
    await pass(1)
    expect(connectionsOf(id)).toBe(3)
    connection(id).open(me)
    expect(await rowOf(id)).toMatchObject({ status: 'working' })
    expect((await rowOf(id))?.statusReason).toBeUndefined()
  })

  test.each(['lost', 'broke'] as const)('%s again and again: the pauses double up to a minute', async (reason) => {
    const id = await working()
    const pauses: number[] = []
    for (let i = 0; i < 9; i++) {
      connection(id).closed(reason)
      const from = Date.now()
      const before = connectionsOf(id)
      while (connectionsOf(id) === before) await pass(250)
      pauses.push(Date.now() - from)
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  test('a short success does not shorten the pauses, one of thirty seconds does', async () => {
    const id = await working()
    const pauseAfter = async (openFor: number) => {
      connection(id).open(me)
      await pass(openFor)
      connection(id).closed('lost')
      const from = Date.now()
      const before = connectionsOf(id)
      while (connectionsOf(id) === before) await pass(250)
      return Date.now() - from
    }
    connection(id).closed('lost')
    await pass(500)
    expect(await pauseAfter(29 * seconds)).toBe(1_000)
    expect(await pauseAfter(30 * seconds)).toBe(500)
  })

  test('515: reconnects at once, without waiting for its turn', async () => {
    const id = await working()
    await Promise.all(Array.from({ length: 8 }, () => created({ start: true })))
    connection(id).closed('restart')
    await pass()
    expect(connectionsOf(id)).toBe(3)
  })

  test('515: the new connection waits for the last write of the old one', async () => {
    const id = await working()
    const { promise, resolve } = Promise.withResolvers<void>()
    whatsapp.closing = promise
    connection(id).closed('restart')
    await pass(1 * seconds)
    expect(connectionsOf(id)).toBe(2)
    resolve()
    await pass()
    expect(connectionsOf(id)).toBe(3)
  })

  test('515, and stopped before the new connection is made: it is not made', async () => {
    const id = await working()
    whatsapp.closing = new Promise(() => {})
    connection(id).closed('restart')
    const stopped = supervisor.stop(id)
    await pass(60 * seconds)
    expect(await stopped).toMatchObject({ status: 'stopped' })
    expect(connectionsOf(id)).toBe(2)
  })

  test('515 forever: no hot loop', async () => {
    const id = await working()
    for (let i = 0; i < 20; i++) {
      if (connection(id).state === 'connecting' || connection(id).state === 'open') connection(id).closed('restart')
      await pass(1)
    }
    expect(connectionsOf(id)).toBeLessThan(6)
    expect((await rowOf(id))?.status).toBe('starting')
  })

  test.each<[CloseReason, string, string]>([
    ['replaced', 'failed', 'the same WhatsApp session was opened somewhere else'],
    ['banned', 'failed', 'WhatsApp refuses this account: scripted'],
    ['outdated', 'failed', 'WhatsApp refuses this client version; set WHATSAPP_VERSION to a current one'],
    ['refused', 'failed', 'the connection to WhatsApp is not set up correctly: scripted'],
    ['credentials_unreadable', 'failed', 'the stored credentials cannot be read (scripted); check ENCRYPTION_KEY'],
  ])('%s: %s, with the reason, and never again by itself', async (reason, status, statusReason) => {
    const id = await working()
    connection(id).closed(reason)
    await pass(24 * 3600 * seconds)
    expect(connectionsOf(id)).toBe(2)
    expect(await rowOf(id)).toMatchObject({ status, statusReason, waJid: me.jid })
    expect(store.cleared).toEqual([])
    await supervisor.start(id)
    await pass(turn)
    expect(connectionsOf(id)).toBe(3)
    expect(store.cleared).toEqual([])
  })

  test('logged out: the credentials are forgotten, and the next start pairs', async () => {
    const id = await working()
    connection(id).closed('logged_out')
    await pass()
    expect(store.cleared).toEqual([id])
    expect(await rowOf(id)).toMatchObject({ status: 'logged_out', wanted: false })
    expect((await rowOf(id))?.waJid).toBeUndefined()
    expect(store.rows.get(id)?.waJid).toBeUndefined()
    await supervisor.start(id)
    await pass(turn)
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    expect((await rowOf(id))?.status).toBe('scan_qr_code')
  })

  test('logged out: a start waits until the credentials are forgotten', async () => {
    const id = await working()
    const { promise, resolve } = Promise.withResolvers<void>()
    store.clearing = promise
    connection(id).closed('logged_out')
    await supervisor.start(id)
    await pass(1 * seconds)
    expect(connectionsOf(id)).toBe(2)
    resolve()
    await pass(turn)
    expect(connectionsOf(id)).toBe(3)
    expect(store.cleared).toEqual([id])
  })

  test('logged out while the store cannot forget: the next start does it before it connects', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    connection(id).closed('logged_out')
    await pass()
    store.failure = undefined
    await pass(60 * seconds)
    await supervisor.start(id)
    await pass(turn)
    expect(store.cleared).toEqual([id])
    expect(connectionsOf(id)).toBe(3)
  })
})

test('F38: a thousand sessions that are lost together come back spread out', async () => {
  keep(...Array.from({ length: 1000 }, (_, i) => pairedRow(`sess_${i}`)))
  let seed = 1
  const random = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
  await open({ random, maxLogins: 1000 })
  supervisor.resume()
  while (whatsapp.connections.length < 1000) {
    await pass(1 * seconds)
    for (const login of whatsapp.connections) if (login.state === 'connecting') login.open(me)
  }
  await pass(31 * seconds)
  for (const login of [...whatsapp.connections]) login.closed('lost')
  const perSecond: number[] = []
  while (whatsapp.connections.length < 2000) {
    const before = whatsapp.connections.length
    await pass(1 * seconds)
    perSecond.push(whatsapp.connections.length - before)
  }
  const mean = 1000 / perSecond.length
  expect(Math.max(...perSecond) / mean).toBeLessThanOrEqual(2)
})
