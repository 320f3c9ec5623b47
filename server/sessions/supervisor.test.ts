/** Which sessions there are, and what callers can do with them. */
import { describe, expect, test } from 'vitest'
import { SessionGone, StoreUnavailable } from '../ports/store/errors.ts'
import {
  connection,
  connectionsOf,
  created,
  inSupervisor,
  isOpen,
  keep,
  logged,
  logins,
  me,
  message,
  open,
  owner,
  pairedRow,
  pass,
  principal,
  rowOf,
  seconds,
  store,
  supervisor,
  turn,
  whatsapp,
  working,
} from './test-supervisor.ts'

inSupervisor()

describe('which sessions there are', () => {
  test('a new session is stopped, unpaired and has the documented defaults', async () => {
    const row = await created()
    expect(row).toEqual({
      id: expect.stringMatching(/^sess_[0-9A-HJKMNP-TV-Z]{26}$/),
      organizationId: 'org_1',
      status: 'stopped',
      wanted: false,
      autoRead: false,
      presenceTyping: false,
      ratePerMin: 20,
      ratePerHour: 200,
      newChatsPerDay: 20,
      createdAt: Date.now(),
      updatedAt: Date.now(),
    })
    expect(store.rows.get(row.id)).toEqual(row)
    expect(whatsapp.connections).toEqual([])
  })

  test('ids of one millisecond are in the order of creation', async () => {
    const ids: string[] = []
    for (let n = 0; n < 20; n += 1) ids.push((await created()).id)
    expect(ids.toSorted()).toEqual(ids)
  })

  test('what the caller chose is kept', async () => {
    const choice = { label: 'Support', autoRead: true, presenceTyping: true, createdByUserId: 'user_1' }
    expect(await created(choice)).toMatchObject(choice)
  })

  test('settings are changed at once, stored, and kept through a change of the status', async () => {
    const id = await working({ label: 'Support' })
    const settings = { autoRead: true, presenceTyping: true, ratePerMin: 1, ratePerHour: 2, newChatsPerDay: 3 }
    const changed = await supervisor.changeSettings(id, { ...settings, label: null })
    expect(changed).toMatchObject({ ...settings, status: 'working' })
    expect(changed).not.toHaveProperty('label')
    expect(await rowOf(id)).toEqual(changed)
    await supervisor.stop(id)
    expect(store.rows.get(id)).toMatchObject({ ...settings, status: 'stopped' })
    expect(store.rows.get(id)).not.toHaveProperty('label')
  })

  test('settings of a session that nobody runs are changed, too', async () => {
    keep(pairedRow('sess_stopped', { status: 'stopped', wanted: false }))
    await open()
    expect(await supervisor.changeSettings('sess_stopped', { ratePerMin: 5 })).toMatchObject({ ratePerMin: 5 })
    expect(await rowOf('sess_stopped')).toMatchObject({ ratePerMin: 5 })
    await expect(supervisor.changeSettings('sess_unknown', {})).rejects.toThrow('session not found')
  })

  test('a foreign session looks like an unknown one, except to a super admin', async () => {
    const { id } = await created()
    expect(await supervisor.find(principal('org_2'), id)).toBeUndefined()
    expect(await supervisor.find(owner, 'sess_unknown')).toBeUndefined()
    expect((await supervisor.find(principal('org_2', true), id))?.id).toBe(id)
    expect(await supervisor.find(principal('org_2', true), 'sess_unknown')).toBeUndefined()
  })

  test('the list is the own organization, oldest first', async () => {
    const first = await created()
    await supervisor.create({ organizationId: 'org_2' })
    const second = await created()
    expect(await supervisor.list('org_1', { limit: 50 })).toEqual({ rows: [first, second] })
  })

  test('counts by status', async () => {
    await created()
    await created({ start: true })
    expect((await supervisor.census()).byStatus).toEqual({
      starting: 1,
      scan_qr_code: 0,
      working: 0,
      failed: 0,
      stopped: 1,
      logged_out: 0,
    })
  })

  test('counts by the kind of reason', async () => {
    await created()
    const first = await working()
    const second = await working()
    await working()
    for (const id of [first, second]) connection(id).closed('replaced')
    await pass()
    const { byReason } = await supervisor.census()
    expect(new Set(byReason)).toEqual(
      new Set([
        { status: 'stopped', reason: 'none', count: 1 },
        { status: 'working', reason: 'none', count: 1 },
        { status: 'failed', reason: 'replaced', count: 2 },
      ]),
    )
  })

  test('of many made at once no more than the quota are made', async () => {
    await open({ maxSessions: () => 3 })
    await created()
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => created()))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(await store.countSessionsOf('org_1')).toBe(3)
    await expect(supervisor.checkRoom('org_1')).rejects.toMatchObject({ code: 'conflict' })
    await supervisor.checkRoom('org_2')
  })

  test('a command on a new session before its creation is answered acts on the same session', async () => {
    const { findSession, insertSession } = store
    const read = Promise.withResolvers<void>()
    const others: Promise<unknown>[] = []
    store.findSession = async (...asked) => {
      await read.promise
      return findSession(...asked)
    }
    store.insertSession = async (row) => {
      await insertSession(row)
      others.push(supervisor.stop(row.id))
    }
    const creating = created({ start: true })
    await pass()
    read.resolve()
    const { id } = await creating
    await Promise.all(others)
    await pass(turn)
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    expect(await supervisor.qrOf(id)).toMatchObject({ code: 'code-1' })
  })

  test('a session that cannot be stored is not there', async () => {
    store.failure = new StoreUnavailable('disk full')
    await expect(created()).rejects.toThrow(StoreUnavailable)
    store.failure = undefined
    expect(await store.countSessionsOf('org_1')).toBe(0)
  })

  test.each(['start', 'stop', 'restart', 'logout', 'delete'] as const)(
    '%s of an unknown session: not found',
    async (command) => {
      await expect(supervisor[command]('sess_unknown')).rejects.toMatchObject({ code: 'not_found' })
    },
  )
})

describe('commands', () => {
  test('stop disconnects, stays paired, and is idempotent', async () => {
    const id = await working()
    expect(await supervisor.stop(id)).toMatchObject({ status: 'stopped', wanted: false, waJid: me.jid })
    expect(connection(id).state).toBe('closed')
    expect(await supervisor.stop(id)).toMatchObject({ status: 'stopped' })
  })

  test('start is idempotent: one connection', async () => {
    const id = await working()
    expect(await supervisor.start(id)).toMatchObject({ status: 'working' })
    expect(connectionsOf(id)).toBe(2)
  })

  test('start while waiting for the next try: connects now', async () => {
    const id = await working()
    connection(id).closed('lost')
    await supervisor.start(id)
    await pass(turn)
    expect(connectionsOf(id)).toBe(3)
    await pass(60 * seconds)
    expect(connectionsOf(id)).toBe(3)
  })

  test('stop while waiting for the next try: there is none', async () => {
    const id = await working()
    connection(id).closed('lost')
    await supervisor.stop(id)
    await pass(3600 * seconds)
    expect(connectionsOf(id)).toBe(2)
  })

  test('restart closes the old connection before it opens the new one', async () => {
    const id = await working()
    const { promise, resolve } = Promise.withResolvers<void>()
    whatsapp.closing = promise
    const restarted = supervisor.restart(id)
    await pass(1 * seconds)
    expect(connectionsOf(id)).toBe(2)
    resolve()
    expect(await restarted).toMatchObject({ status: 'starting', wanted: true })
    await pass()
    expect(connectionsOf(id)).toBe(3)
  })

  test('a connection that never closes is given up after ten seconds', async () => {
    const id = await working()
    whatsapp.closing = new Promise(() => {})
    const restarted = supervisor.restart(id)
    await pass(10 * seconds)
    await restarted
    await pass()
    expect(connectionsOf(id)).toBe(3)
  })

  test('logout unlinks the device and forgets the credentials; the row stays', async () => {
    const id = await working()
    const row = await supervisor.logout(id)
    expect(row).toMatchObject({ status: 'logged_out', wanted: false })
    expect(row.waJid).toBeUndefined()
    expect(connection(id).state).toBe('unlinked')
    expect(store.cleared).toEqual([id])
    expect(await supervisor.logout(id)).toMatchObject({ status: 'logged_out' })
  })

  test('logout of credentials that cannot be read forgets them', async () => {
    const id = await working()
    connection(id).closed('credentials_unreadable')
    await supervisor.logout(id)
    expect(store.cleared).toEqual([id])
  })

  test('delete unlinks, removes the row, and late words of the client count for nothing', async () => {
    const id = await working()
    const late = connection(id)
    await supervisor.delete(id)
    expect(late.state).toBe('unlinked')
    expect(await rowOf(id)).toBeUndefined()
    expect(store.rows.has(id)).toBe(false)
    expect(store.released).toEqual([id])
    await expect(late.tell([message()])).rejects.toThrow(SessionGone)
    expect(store.ingested).toEqual([])
    await pass(60 * seconds)
    expect(connectionsOf(id)).toBe(2)
  })

  test('delete that the store refuses: the session is still there, stopped', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    await expect(supervisor.delete(id)).rejects.toThrow(StoreUnavailable)
    store.failure = undefined
    expect((await rowOf(id))?.status).toBe('stopped')
    await supervisor.delete(id)
    expect(await rowOf(id)).toBeUndefined()
  })

  test('all at once: they come one after another, and the last one wins', async () => {
    const id = await working()
    const results = Promise.all([
      supervisor.stop(id),
      supervisor.start(id),
      supervisor.restart(id),
      supervisor.stop(id),
      supervisor.start(id),
      supervisor.stop(id),
    ])
    await pass(1 * seconds)
    expect((await results).map(({ status }) => status)).toEqual([
      'stopped',
      'starting',
      'starting',
      'stopped',
      'starting',
      'stopped',
    ])
    await pass(3600 * seconds)
    expect(whatsapp.connections.filter(({ state }) => state !== 'closed')).toEqual([])
  })

  test('calls made after a delete: not found', async () => {
    const id = await working()
    const [deleted, started, again] = await Promise.allSettled([
      supervisor.delete(id),
      supervisor.start(id),
      supervisor.delete(id),
    ])
    expect(deleted.status).toBe('fulfilled')
    for (const late of [started, again]) expect(late).toMatchObject({ reason: { code: 'not_found' } })
    await pass(60 * seconds)
    expect(connectionsOf(id)).toBe(2)
  })

  test('a stopped session hears nothing of its old connection', async () => {
    const { id } = await created({ start: true })
    await pass()
    const old = connection(id)
    whatsapp.closing = new Promise(() => {})
    const stopped = supervisor.stop(id)
    old.qr('late', Date.now() + 60 * seconds)
    old.open(me)
    await pass(10 * seconds)
    expect(await stopped).toMatchObject({ status: 'stopped' })
    expect(await isOpen(id)).toBe(false)
    expect(await supervisor.qrOf(id)).toBeUndefined()
  })
})

describe('the log', () => {
  test('logs what happens to a session, without names or numbers', async () => {
    const id = await working()
    connection(id).closed('lost', 'code 428')
    await pass(500)
    connection(id).open(me)
    await supervisor.stop(id)
    expect(logged.map(({ text }) => text)).toEqual([
      'connecting to WhatsApp',
      'connecting to WhatsApp: paired; connecting',
      'connecting to WhatsApp: WhatsApp asked for a new connection',
      'connected to WhatsApp',
      'connecting to WhatsApp: the connection was lost (code 428); reconnecting',
      'connected to WhatsApp',
      'stopped',
    ])
    expect(logged.every(({ context }) => 'sessionId' in context)).toBe(true)
    expect(JSON.stringify(logged)).not.toContain('62812')
  })

  test('warns of changes that no caller asked for', async () => {
    const levelOf = async (act: (id: string) => unknown) => {
      const id = await working()
      await act(id)
      return logged.at(-1)?.level
    }
    expect(await levelOf((id) => supervisor.logout(id))).toBe('info')
    expect(await levelOf((id) => supervisor.stop(id))).toBe('info')
    expect(await levelOf((id) => connection(id).closed('logged_out'))).toBe('warn')
    expect(await levelOf((id) => connection(id).closed('replaced'))).toBe('warn')
  })

  test('logins are counted by outcome', async () => {
    const id = await working()
    connection(id).closed('lost')
    expect(logins).toEqual(['restart', 'open', 'lost'])
  })
})
