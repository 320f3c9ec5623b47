/** How sessions outlive the process. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Fenced, StoreUnavailable } from '../ports/store/errors.ts'
import {
  connection,
  connectionsOf,
  created,
  inSupervisor,
  keep,
  logged,
  me,
  message,
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

describe('a new process', () => {
  test('brings back what was wanted and paired, and says truly what is not connected', async () => {
    keep(
      pairedRow('sess_working'),
      pairedRow('sess_stopped', { status: 'stopped', wanted: false }),
      pairedRow('sess_replaced', { status: 'failed', wanted: false, statusReason: 'replaced' }),
      pairedRow('sess_outdated', { status: 'failed', wanted: true, statusReason: 'outdated' }),
    )
    const { waJid: _unpaired, ...pairing } = pairedRow('sess_pairing', { status: 'scan_qr_code' })
    store.rows.set(pairing.id, pairing)
    await open()
    expect((await supervisor.census()).byStatus).toMatchObject({ starting: 1, stopped: 2, failed: 2 })
    expect(whatsapp.connections).toEqual([])
    supervisor.resume()
    await pass(1 * seconds)
    expect(whatsapp.connections.map(({ sessionId }) => sessionId)).toEqual(['sess_working', 'sess_outdated'])
    expect(await rowOf('sess_pairing')).toMatchObject({
      status: 'stopped',
      wanted: false,
      statusReason: 'the gateway was restarted during pairing',
    })
  })

  test('leaves out the sessions that it is told to, which stay wanted, until they are taken back or started', async () => {
    const out = new Set(['sess_1', 'sess_2', 'sess_stopped'])
    const leftOut = { has: (id: string) => out.has(id), release: (id: string) => void out.delete(id) }
    keep(
      ...['sess_1', 'sess_2', 'sess_3'].map((id) => pairedRow(id)),
      pairedRow('sess_stopped', { status: 'stopped', wanted: false }),
    )
    await open({ leftOut })
    supervisor.resume()
    await pass(1 * seconds)
    expect(whatsapp.connections.map(({ sessionId }) => sessionId)).toEqual(['sess_3'])
    expect(await rowOf('sess_1')).toMatchObject({ status: 'failed', wanted: true })
    expect((await rowOf('sess_1'))?.statusReason).toContain('left out for an hour, or until it is started')
    expect(await rowOf('sess_stopped')).toMatchObject({ status: 'stopped', wanted: false })

    await supervisor.start('sess_1')
    supervisor.takeBack('sess_2')
    supervisor.takeBack('sess_stopped')
    supervisor.takeBack('sess_gone')
    await pass(1 * seconds)
    expect([...out]).toEqual(['sess_2', 'sess_stopped'])
    expect(whatsapp.connections.map(({ sessionId }) => sessionId)).toEqual(['sess_3', 'sess_1', 'sess_2'])

    out.delete('sess_2')
    store.rows.set('sess_2', pairedRow('sess_2', { status: 'failed', statusReason: '…', statusReasonCode: 'left_out' }))
    await open({ leftOut })
    supervisor.resume()
    await pass(1 * seconds)
    expect(await rowOf('sess_2')).toMatchObject({ status: 'starting' })
  })

  test('F37: a thousand sessions log in at most five at a time and ten in a second', async () => {
    keep(...Array.from({ length: 1000 }, (_, i) => pairedRow(`sess_${i}`)))
    await open()
    supervisor.resume()
    await pass()
    expect(whatsapp.connections.length).toBeLessThanOrEqual(5)
    let most = 0
    for (let tenths = 0; tenths < 1100; tenths++) {
      await pass(100)
      const busy = whatsapp.connections.filter(({ state }) => state === 'connecting')
      most = Math.max(most, busy.length)
      for (const login of busy.slice(0, 2)) login.open(me)
    }
    expect(most).toBeLessThanOrEqual(5)
    expect(whatsapp.connections).toHaveLength(1000)
    expect((await supervisor.census()).byStatus.working).toBe(1000)
  })

  test('a session that a person starts does not wait for those that come back after a restart', async () => {
    keep(...Array.from({ length: 100 }, (_, i) => pairedRow(`sess_${i}`)))
    await open()
    supervisor.resume()
    await pass()
    const { id } = await created({ start: true })
    for (let tenths = 0; tenths < 3; tenths++) {
      await pass(100)
      for (const login of whatsapp.connections.filter(({ state }) => state === 'connecting')) login.open(me)
    }
    expect(connectionsOf(id)).toBe(1)
  })

  test('logins that hang give their place away after thirty seconds', async () => {
    keep(...Array.from({ length: 6 }, (_, i) => pairedRow(`sess_${i}`)))
    await open()
    supervisor.resume()
    await pass(29 * seconds)
    expect(whatsapp.connections).toHaveLength(5)
    await pass(2 * seconds)
    expect(whatsapp.connections).toHaveLength(6)
  })
})

describe('a session that is not at work', () => {
  beforeEach(async () => {
    keep(
      pairedRow('sess_1', { status: 'stopped', wanted: false }),
      pairedRow('sess_2', { status: 'failed', wanted: false }),
    )
    await open()
    supervisor.resume()
  })

  test('is nobody’s until something is done with it, and is found and counted all the same', async () => {
    expect(store.leases.size).toBe(0)
    expect(await rowOf('sess_1')).toEqual(store.rows.get('sess_1'))
    expect((await supervisor.list('org_1', { limit: 50 })).rows.map(({ id }) => id)).toEqual(['sess_1', 'sess_2'])
    expect((await supervisor.census()).byStatus).toMatchObject({ stopped: 1, failed: 1 })
    expect(await supervisor.qrOf('sess_1')).toBeUndefined()
  })

  test('is acquired once by commands that come together', async () => {
    const results = await Promise.all([
      supervisor.start('sess_1'),
      supervisor.stop('sess_1'),
      supervisor.start('sess_1'),
    ])
    expect(results.map(({ status }) => status)).toEqual(['starting', 'stopped', 'starting'])
    expect(store.leases.get('sess_1')?.epoch).toBe(1)
  })

  test('does not connect when it is acquired while the process ends', async () => {
    const { acquire } = store
    const slow = Promise.withResolvers<void>()
    store.acquire = async (sessionId) => {
      await slow.promise
      return acquire(sessionId)
    }
    const refused = expect(supervisor.start('sess_1')).rejects.toMatchObject({ code: 'gateway_unavailable' })
    const made = created({ start: true })
    await pass()
    await supervisor.close()
    slow.resolve()
    await refused
    expect(await made).toMatchObject({ status: 'starting', wanted: true })
    await pass(turn)
    expect(whatsapp.connections).toEqual([])
  })

  test('is logged out and deleted like any other', async () => {
    expect(await supervisor.logout('sess_1')).toMatchObject({ status: 'logged_out' })
    expect(store.cleared).toEqual(['sess_1'])
    await supervisor.delete('sess_2')
    expect(await rowOf('sess_2')).toBeUndefined()
  })
})

describe('a session that another owner has taken', () => {
  /** The one after it has not written its status yet. */
  const takenOver = async () => {
    const id = await working()
    await store.acquire(id)
    return { id, stored: store.rows.get(id), connections: connectionsOf(id), lines: logged.length }
  }

  test('is disconnected, not reported, not written any more, and not reconnected', async () => {
    const { id, stored, connections, lines } = await takenOver()
    expect(connection(id).state).toBe('closed')
    await expect(connection(id).tell([message()])).rejects.toThrow(Fenced)
    await pass(3600 * seconds)
    expect(connectionsOf(id)).toBe(connections)
    expect(store.rows.get(id)).toEqual(stored)
    expect(store.ingested).toEqual([])
    expect(logged.slice(lines)).toEqual([])
  })

  test('is taken back by the next command on it', async () => {
    const { id, connections } = await takenOver()
    expect(await supervisor.start(id)).toMatchObject({ status: 'starting', wanted: true })
    await pass(turn)
    expect(connectionsOf(id)).toBe(connections + 1)
  })

  test.each(['stop', 'restart', 'logout'] as const)(
    'by another process, heard of by %s first: unavailable',
    async (name) => {
      const id = await working()
      store.leases.set(id, { epoch: 99, lost: new AbortController() })
      const refused = expect(supervisor[name](id)).rejects.toMatchObject({ code: 'gateway_unavailable' })
      await pass(1 * seconds)
      await refused
    },
  )

  test('while a change of it waits to be stored: it is dropped', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    connection(id).closed('lost')
    store.failure = undefined
    await store.acquire(id)
    const stored = store.rows.get(id)
    await pass(3600 * seconds)
    expect(store.rows.get(id)).toEqual(stored)
  })
})

describe('the end of the process', () => {
  test('closes all, keeps what is wanted, and does not reconnect', async () => {
    const id = await working()
    await supervisor.close()
    expect(connection(id).state).toBe('closed')
    expect(store.rows.get(id)).toMatchObject({ status: 'working', wanted: true })
    await pass(3600 * seconds)
    expect(connectionsOf(id)).toBe(2)
  })

  test('a restart that is under way does not reconnect', async () => {
    const id = await working()
    const { promise, resolve } = Promise.withResolvers<void>()
    whatsapp.closing = promise
    const restarted = supervisor.restart(id)
    await pass()
    const closed = supervisor.close()
    resolve()
    await Promise.all([restarted, closed])
    await pass(60 * seconds)
    expect(connectionsOf(id)).toBe(2)
  })

  test('takes at most 5.5 s, whatever hangs; a session that ends later is released then', async () => {
    const id = await working()
    const { promise, resolve } = Promise.withResolvers<void>()
    whatsapp.closing = promise
    const closed = supervisor.close()
    await pass(5.5 * seconds)
    await expect(closed).resolves.toBeUndefined()
    expect(supervisor.close()).toBe(closed)
    expect(store.released).toEqual([])
    resolve()
    await pass()
    expect(store.released).toEqual([id])
  })

  test('releases the leases of its sessions, after their last write', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    connection(id).closed('replaced')
    await pass()
    const closed = supervisor.close()
    expect(store.released).toEqual([])
    store.failure = undefined
    await closed
    expect(store.released).toEqual([id])
  })

  test('later commands are refused', async () => {
    const id = await working()
    await supervisor.close()
    await expect(supervisor.start(id)).rejects.toMatchObject({ code: 'gateway_unavailable' })
    await expect(created()).rejects.toMatchObject({ code: 'gateway_unavailable' })
    expect(await rowOf(id)).toBeDefined()
  })

  test('a write that failed is tried once more', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    connection(id).closed('replaced')
    await pass()
    store.failure = undefined
    await supervisor.close()
    expect(store.rows.get(id)?.status).toBe('failed')
  })
})
