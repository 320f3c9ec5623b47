import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Principal } from '../auth/principal.ts'
import { type SessionPatch, type SessionRow, StoreUnavailable } from '../store/store.ts'
import { type CloseReason, type Me, NotConnected } from '../whatsapp/client.ts'
import type { Fact, MessageFact } from '../whatsapp/facts.ts'
import { createMemoryWhatsApp, type MemoryWhatsApp } from '../whatsapp/memory.ts'
import { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.ts'

const me: Me = { jid: '6281234567890@s.whatsapp.net', lid: '98765432101234@lid' }
const seconds = 1_000
/** No login waits longer for its turn when it is alone. */
const turn = 150

/** The rows of a store, and the ways it can fail. */
const createRows = (...initial: SessionRow[]) => {
  const rows = new Map(initial.map((row) => [row.id, row]))
  const rowsStore = {
    rows,
    failure: undefined as Error | undefined,
    cleared: [] as string[],
    creds: new Set<string>(),
    ingested: [] as Fact[],
    allSessions: async () => [...rows.values()],
    insertSession: async (row: SessionRow) => {
      check()
      rows.set(row.id, row)
    },
    updateSession: async (id: string, patch: SessionPatch, now: number) => {
      check()
      const row = rows.get(id)
      if (row === undefined) return undefined
      const members = Object.entries({ ...row, ...patch, updatedAt: now }).filter(([, value]) => value !== null)
      const updated = Object.fromEntries(members) as unknown as SessionRow
      rows.set(id, updated)
      return updated
    },
    deleteSession: async (id: string) => {
      check()
      return rows.delete(id)
    },
    clearing: Promise.resolve(),
    clearCredentials: async (id: string) => {
      check()
      await rowsStore.clearing
      rowsStore.cleared.push(id)
    },
    restored: new Set<string>(),
    restoredAt: async (id: string) => (rowsStore.restored.has(id) ? 1 : undefined),
    readCreds: async (id: string) => (rowsStore.creds.has(id) ? Buffer.from('sealed') : undefined),
    ingest: async (_id: string, facts: Fact[]) => {
      check()
      rowsStore.ingested.push(...facts)
      return { messages: facts.filter(({ kind }) => kind === 'message').length }
    },
  }
  const check = () => {
    if (rowsStore.failure) throw rowsStore.failure
  }
  return rowsStore
}

const pairedRow = (id: string, changes: Partial<SessionRow> = {}): SessionRow => ({
  id,
  organizationId: 'org_1',
  status: 'working',
  wanted: true,
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  ratePerHour: 200,
  waJid: me.jid,
  createdAt: 1,
  updatedAt: 1,
  ...changes,
})

const principal = (organizationId: string, superAdmin = false): Principal => ({
  kind: 'login',
  subject: 'user_1',
  organizationId,
  capabilities: new Set(),
  superAdmin,
})
const owner = principal('org_1')

let store: ReturnType<typeof createRows>
let whatsapp: MemoryWhatsApp
let supervisor: Supervisor
let logged: { level: string; text: string; context: object }[]
let logins: string[]

const open = async (options: Partial<SupervisorOptions> = {}) => {
  const log = (level: string) => (context: object, text: string) => void logged.push({ level, text, context })
  supervisor = await createSupervisor({
    store,
    whatsapp,
    clock: Date.now,
    random: () => 0.5,
    log: { debug: log('debug'), info: log('info'), warn: log('warn') } as unknown as SupervisorOptions['log'],
    onLogin: (outcome) => void logins.push(outcome),
    ...options,
  })
}

/** Lets everything happen that needs no time, or this much of it. */
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

const created = (changes = {}) => supervisor.create({ organizationId: 'org_1', ...changes })
const rowOf = (id: string) => supervisor.find(owner, id)
const connection = (id: string) => whatsapp.latest(id)
const connectionsOf = (id: string) => whatsapp.connections.filter(({ sessionId }) => sessionId === id).length

/** A session that is paired and open. */
const working = async (changes = {}) => {
  const { id } = await created({ start: true, ...changes })
  await pass(turn)
  connection(id).paired(me)
  connection(id).closed('restart')
  await pass()
  connection(id).open(me)
  await pass()
  return id
}

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-05-01T12:00:00Z') })
  store = createRows()
  whatsapp = createMemoryWhatsApp()
  logged = []
  logins = []
  await open()
})
afterEach(async () => {
  const closed = supervisor.close()
  await pass(10 * seconds)
  await closed
  vi.useRealTimers()
})

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
      createdAt: Date.now(),
      updatedAt: Date.now(),
    })
    expect(store.rows.get(row.id)).toEqual(row)
    expect(whatsapp.connections).toEqual([])
  })

  test('what the caller chose is kept', async () => {
    const choice = { label: 'Support', autoRead: true, presenceTyping: true, createdByUserId: 'user_1' }
    expect(await created(choice)).toMatchObject(choice)
  })

  test('a foreign session looks like an unknown one, except to a super admin', async () => {
    const { id } = await created()
    expect(supervisor.find(principal('org_2'), id)).toBeUndefined()
    expect(supervisor.find(owner, 'sess_unknown')).toBeUndefined()
    expect(supervisor.find(principal('org_2', true), id)?.id).toBe(id)
    expect(supervisor.find(principal('org_2', true), 'sess_unknown')).toBeUndefined()
  })

  test('the list is the own organization, oldest first', async () => {
    const first = await created()
    await supervisor.create({ organizationId: 'org_2' })
    const second = await created()
    expect(supervisor.list('org_1')).toEqual([first, second])
  })

  test('counts by status', async () => {
    await created()
    await created({ start: true })
    expect(supervisor.census().byStatus).toEqual({
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
    const { byReason } = supervisor.census()
    expect(new Set(byReason)).toEqual(
      new Set([
        { status: 'stopped', reason: 'none', count: 1 },
        { status: 'working', reason: 'none', count: 1 },
        { status: 'failed', reason: 'replaced', count: 2 },
      ]),
    )
  })

  test('a session that can not be stored is not there', async () => {
    store.failure = new StoreUnavailable('disk full')
    await expect(created()).rejects.toThrow(StoreUnavailable)
    store.failure = undefined
    expect(supervisor.list('org_1')).toEqual([])
  })

  test.each(['start', 'stop', 'restart', 'logout', 'delete'] as const)(
    '%s of an unknown session: not found',
    async (command) => {
      await expect(supervisor[command]('sess_unknown')).rejects.toMatchObject({ code: 'not_found' })
    },
  )
})

describe('pairing', () => {
  test('from stopped to working, with a code on the way', async () => {
    const { id } = await created({ start: true })
    expect(rowOf(id)).toMatchObject({ status: 'starting', wanted: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    expect(rowOf(id)?.status).toBe('scan_qr_code')
    expect(supervisor.qrOf(id)).toEqual({ code: 'code-1', expiresAt: Date.now() + 60 * seconds })
    connection(id).paired(me)
    expect(rowOf(id)).toMatchObject({ status: 'starting', waJid: me.jid, waLid: me.lid })
    expect(supervisor.qrOf(id)).toBeUndefined()
    connection(id).closed('restart', '515')
    await pass()
    expect(connectionsOf(id)).toBe(2)
    expect(supervisor.clientOf(id)).toBeUndefined()
    connection(id).open(me)
    expect(rowOf(id)).toMatchObject({ status: 'working', lastConnectedAt: Date.now() })
    expect(supervisor.clientOf(id)).toBeDefined()
    await pass()
    expect(store.rows.get(id)).toEqual(rowOf(id))
    expect(store.cleared).toEqual([])
  })

  test('each new code replaces the one before, and none is shown after its time', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    connection(id).qr('code-2', Date.now() + 20 * seconds)
    expect(supervisor.qrOf(id)?.code).toBe('code-2')
    await pass(20 * seconds)
    expect(supervisor.qrOf(id)).toBeUndefined()
  })

  test('nobody scans: stopped, until it is started again', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    connection(id).closed('pairing_expired')
    await pass(5 * 60 * seconds)
    expect(rowOf(id)).toMatchObject({
      status: 'stopped',
      wanted: false,
      statusReason: 'the code was not scanned in time',
    })
    expect(connectionsOf(id)).toBe(1)
    await supervisor.start(id)
    await pass(turn)
    expect(connectionsOf(id)).toBe(2)
    expect(rowOf(id)).toMatchObject({ status: 'starting', wanted: true })
  })

  test('a process that ended between pairing and knowing it: the next one brings the session back', async () => {
    const { waJid: _unknown, ...row } = pairedRow('sess_1', { status: 'scan_qr_code' })
    store = createRows(row)
    store.creds.add('sess_1')
    await open()
    supervisor.resume()
    await pass()
    connection('sess_1').open(me)
    expect(rowOf('sess_1')).toMatchObject({ status: 'working', waJid: me.jid })
    expect(store.cleared).toEqual([])
  })

  test('a pairing that an earlier process did not finish: refused by WhatsApp, discarded, paired afresh', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).closed('logged_out', '401')
    await pass(turn)
    expect(store.cleared).toEqual([id])
    expect(connectionsOf(id)).toBe(2)
    expect(rowOf(id)?.status).toBe('starting')
  })

  test('WhatsApp out of reach: five tries, then failed', async () => {
    const { id } = await created({ start: true })
    for (let i = 0; i < 5; i++) {
      await pass(60 * seconds)
      connection(id).closed('lost', 'no answer')
    }
    await pass(10 * 60 * seconds)
    expect(connectionsOf(id)).toBe(5)
    expect(rowOf(id)).toMatchObject({
      status: 'failed',
      wanted: false,
      statusReason: 'WhatsApp could not be reached for pairing: no answer',
    })
  })
})

describe('pairing by code', () => {
  test('begins pairing when it has not begun', async () => {
    const { id } = await created()
    const code = supervisor.pairingCode(id, '6281234567890')
    await pass()
    expect(await code).toBe('ABCD1234')
    expect(connection(id).phones).toEqual(['6281234567890'])
    expect(rowOf(id)?.wanted).toBe(true)
  })

  test('goes on with a pairing that has begun', async () => {
    const { id } = await created({ start: true })
    await pass()
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    await supervisor.pairingCode(id, '6281234567890')
    expect(connectionsOf(id)).toBe(1)
  })

  test('a paired session: conflict, and nothing is begun', async () => {
    const id = await working()
    await supervisor.stop(id)
    await expect(supervisor.pairingCode(id, '6281234567890')).rejects.toMatchObject({ code: 'conflict' })
    expect(rowOf(id)?.status).toBe('stopped')
  })

  test('WhatsApp can not be reached: unavailable', async () => {
    await open({ maxLogins: 0 })
    const { id } = await created()
    const code = expect(supervisor.pairingCode(id, '6281234567890')).rejects.toThrow('WhatsApp could not be reached')
    await pass(30 * seconds)
    await code
  })

  test('WhatsApp is reached and pairing does not begin: unavailable', async () => {
    const requestPairingCode = () => Promise.reject(new NotConnected('no code in time'))
    await open({ whatsapp: { connect: (options) => ({ ...whatsapp.connect(options), requestPairingCode }) } })
    const { id } = await created({ start: true })
    await expect(supervisor.pairingCode(id, '6281234567890')).rejects.toMatchObject({ code: 'gateway_unavailable' })
  })

  test('stopped while waiting: unavailable at once', async () => {
    await open({ maxLogins: 0 })
    const { id } = await created()
    const code = expect(supervisor.pairingCode(id, '6281234567890')).rejects.toThrow('pairing ended: stopped')
    await pass()
    await supervisor.stop(id)
    await code
  })
})

describe('a connection ends', () => {
  test('lost: reconnects after the back-off, and live calls have no client in between', async () => {
    const id = await working()
    connection(id).closed('lost', '428')
    expect(supervisor.clientOf(id)).toBeUndefined()
    expect(rowOf(id)).toMatchObject({ status: 'starting', wanted: true })
    await pass(499)
    expect(connectionsOf(id)).toBe(2)
    await pass(1)
    expect(connectionsOf(id)).toBe(3)
    connection(id).open(me)
    expect(rowOf(id)).toMatchObject({ status: 'working' })
    expect(rowOf(id)?.statusReason).toBeUndefined()
  })

  test('lost again and again: the pauses double up to a minute', async () => {
    const id = await working()
    const pauses: number[] = []
    for (let i = 0; i < 9; i++) {
      connection(id).closed('lost')
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

  test('515 for ever: no hot loop', async () => {
    const id = await working()
    for (let i = 0; i < 20; i++) {
      if (connection(id).state === 'connecting' || connection(id).state === 'open') connection(id).closed('restart')
      await pass(1)
    }
    expect(connectionsOf(id)).toBeLessThan(6)
    expect(rowOf(id)?.status).toBe('starting')
  })

  test.each<[CloseReason, string, string]>([
    ['replaced', 'failed', 'the same WhatsApp session was opened somewhere else'],
    ['banned', 'failed', 'WhatsApp refuses this account: scripted'],
    ['outdated', 'failed', 'WhatsApp refuses this client version; set WHATSAPP_VERSION to a current one'],
    ['refused', 'failed', 'the connection to WhatsApp is not set up right: scripted'],
    ['credentials_unreadable', 'failed', 'the stored credentials can not be read (scripted); check ENCRYPTION_KEY'],
  ])('%s: %s, with the reason, and never again by itself', async (reason, status, statusReason) => {
    const id = await working()
    connection(id).closed(reason)
    await pass(24 * 3600 * seconds)
    expect(connectionsOf(id)).toBe(2)
    expect(rowOf(id)).toMatchObject({ status, statusReason, waJid: me.jid })
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
    expect(rowOf(id)).toMatchObject({ status: 'logged_out', wanted: false })
    expect(rowOf(id)?.waJid).toBeUndefined()
    expect(store.rows.get(id)?.waJid).toBeUndefined()
    await supervisor.start(id)
    await pass(turn)
    connection(id).qr('code-1', Date.now() + 60 * seconds)
    expect(rowOf(id)?.status).toBe('scan_qr_code')
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

  test('logged out while the store can not forget: the next start does it before it connects', async () => {
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

  test('logout of credentials that can not be read forgets them', async () => {
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
    expect(rowOf(id)).toBeUndefined()
    expect(store.rows.has(id)).toBe(false)
    await late.tell([message()])
    expect(store.ingested).toEqual([])
    await pass(60 * seconds)
    expect(connectionsOf(id)).toBe(2)
  })

  test('delete that the store refuses: the session is still there, stopped', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    await expect(supervisor.delete(id)).rejects.toThrow(StoreUnavailable)
    store.failure = undefined
    expect(rowOf(id)?.status).toBe('stopped')
    await supervisor.delete(id)
    expect(rowOf(id)).toBeUndefined()
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

  test('delete, then whatever was asked behind it: not found', async () => {
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
    expect(supervisor.clientOf(id)).toBeUndefined()
    expect(supervisor.qrOf(id)).toBeUndefined()
  })
})

describe('a store that fails', () => {
  test('while a status is written: the session works, and the status is stored later', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    connection(id).closed('lost')
    await pass(500)
    connection(id).open(me)
    await pass(5 * seconds)
    expect(supervisor.clientOf(id)).toBeDefined()
    store.failure = undefined
    await pass(60 * seconds)
    expect(store.rows.get(id)).toEqual(rowOf(id))
  })

  test('while a command is stored: the caller hears it, the session obeys', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    await expect(supervisor.stop(id)).rejects.toThrow(StoreUnavailable)
    expect(rowOf(id)?.status).toBe('stopped')
    store.failure = undefined
    await pass(60 * seconds)
    expect(store.rows.get(id)).toMatchObject({ status: 'stopped', wanted: false })
  })

  test('for a day: a line now and then, not one for each try', async () => {
    const id = await working()
    logged = []
    store.failure = new StoreUnavailable('gone')
    connection(id).closed('replaced')
    await pass(24 * 3600 * seconds)
    expect(logged.filter(({ text }) => text.includes('could not be stored')).length).toBeLessThan(16)
  })
})

describe('a store that can not be written', () => {
  let writable: PromiseWithResolvers<void>
  beforeEach(async () => {
    await supervisor.close()
    writable = Promise.withResolvers()
    await open({ storeWritable: () => writable.promise })
  })

  test('nobody connects, and all do when it can again, as many at a time as ever', async () => {
    const rows = await Promise.all(Array.from({ length: 20 }, () => created({ start: true })))
    await pass(600 * seconds)
    expect(whatsapp.connections).toEqual([])
    writable.resolve()
    await pass(turn)
    expect(whatsapp.connections.length).toBeLessThanOrEqual(2)
    for (let n = 0; n < rows.length; n += 1) {
      for (const { state, sessionId } of whatsapp.connections)
        if (state === 'connecting') connection(sessionId).open(me)
      await pass(turn)
    }
    expect(supervisor.census().byStatus.working).toBe(rows.length)
  })

  test('who is stopped meanwhile stays so', async () => {
    const { id } = await created({ start: true })
    await supervisor.stop(id)
    writable.resolve()
    await pass(60 * seconds)
    expect(whatsapp.connections).toEqual([])
  })
})

describe('credentials from an older copy of the database', () => {
  beforeEach(async () => {
    store = createRows(pairedRow('sess_1'), pairedRow('sess_2'))
    store.restored.add('sess_1')
    await open()
    supervisor.resume()
    await pass(1 * seconds)
  })

  test('are not used, and the session says what to do', () => {
    expect(whatsapp.connections.map(({ sessionId }) => sessionId)).toEqual(['sess_2'])
    expect(rowOf('sess_1')).toMatchObject({ status: 'failed', wanted: true, waJid: me.jid })
    expect(rowOf('sess_1')?.statusReason).toContain('npm run backup -- accept')
  })

  test('accepted by a person: they are, with the next start', async () => {
    store.restored.clear()
    await supervisor.start('sess_1')
    await pass(1 * seconds)
    expect(connectionsOf('sess_1')).toBe(1)
  })

  test('forgotten by a person: the session pairs again', async () => {
    await supervisor.logout('sess_1')
    expect(store.cleared).toEqual(['sess_1'])
    store.restored.clear()
    await supervisor.start('sess_1')
    await pass(1 * seconds)
    connection('sess_1').qr('code', Date.now() + 60 * seconds)
    expect(rowOf('sess_1')?.status).toBe('scan_qr_code')
  })
})

describe('what WhatsApp tells', () => {
  test('is stored, and the messages are counted', async () => {
    const counted: number[] = []
    await open({ onIngested: (messages) => void counted.push(messages) })
    const id = await working()
    await connection(id).tell([message(), { kind: 'read', chat: me.jid }])
    expect(store.ingested).toHaveLength(2)
    expect(counted).toEqual([1])
  })

  test('that can not be stored is an error for the client, which tells it again', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    await expect(connection(id).tell([message()])).rejects.toThrow(StoreUnavailable)
  })

  test('with autoRead: receipts for incoming live messages only', async () => {
    const id = await working({ autoRead: true })
    const group = '120363041234567890@g.us'
    await connection(id).tell([
      message({ id: 'direct' }),
      message({ id: 'by-lid', chat: '98765432101235@lid' }),
      message({ id: 'group', chat: group, sender: '6281234567891@s.whatsapp.net' }),
      message({ id: 'own', fromMe: true }),
      message({ id: 'old', live: false }),
      message({ id: 'unreadable', undecryptable: true }),
      message({ id: 'story', chat: 'status@broadcast' }),
    ])
    expect(connection(id).receipts).toEqual([
      { chat: '6281234567891@s.whatsapp.net', id: 'direct' },
      { chat: '98765432101235@lid', id: 'by-lid' },
      { chat: group, id: 'group', participant: '6281234567891@s.whatsapp.net' },
    ])
  })

  test('without autoRead: no receipts', async () => {
    const id = await working()
    await connection(id).tell([message()])
    expect(connection(id).receipts).toEqual([])
  })

  test('with autoRead and a connection that breaks: stored all the same', async () => {
    const id = await working({ autoRead: true })
    const gone = connection(id)
    gone.closed('lost')
    await gone.tell([message()])
    expect(store.ingested).toHaveLength(1)
  })
})

describe('a new process', () => {
  test('brings back what was wanted and paired, and says truly what is not connected', async () => {
    store = createRows(
      pairedRow('sess_working'),
      pairedRow('sess_stopped', { status: 'stopped', wanted: false }),
      pairedRow('sess_replaced', { status: 'failed', wanted: false, statusReason: 'replaced' }),
      pairedRow('sess_outdated', { status: 'failed', wanted: true, statusReason: 'outdated' }),
    )
    const { waJid: _unpaired, ...pairing } = pairedRow('sess_pairing', { status: 'scan_qr_code' })
    store.rows.set(pairing.id, pairing)
    await open()
    expect(supervisor.census().byStatus).toMatchObject({ starting: 1, stopped: 2, failed: 2 })
    expect(whatsapp.connections).toEqual([])
    supervisor.resume()
    await pass(1 * seconds)
    expect(whatsapp.connections.map(({ sessionId }) => sessionId)).toEqual(['sess_working', 'sess_outdated'])
    expect(rowOf('sess_pairing')).toMatchObject({
      status: 'stopped',
      wanted: false,
      statusReason: 'the gateway was restarted during pairing',
    })
  })

  test('F37: a thousand sessions log in at most five at a time and ten in a second', async () => {
    store = createRows(...Array.from({ length: 1000 }, (_, i) => pairedRow(`sess_${i}`)))
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
    expect(supervisor.census().byStatus.working).toBe(1000)
  })

  test('a person who starts a session does not wait behind those that come back', async () => {
    store = createRows(...Array.from({ length: 100 }, (_, i) => pairedRow(`sess_${i}`)))
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
    store = createRows(...Array.from({ length: 6 }, (_, i) => pairedRow(`sess_${i}`)))
    await open()
    supervisor.resume()
    await pass(29 * seconds)
    expect(whatsapp.connections).toHaveLength(5)
    await pass(2 * seconds)
    expect(whatsapp.connections).toHaveLength(6)
  })
})

test('F38: a thousand sessions that are lost together come back spread out', async () => {
  store = createRows(...Array.from({ length: 1000 }, (_, i) => pairedRow(`sess_${i}`)))
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

  test('takes at most 5.5 s, whatever hangs', async () => {
    await working()
    whatsapp.closing = new Promise(() => {})
    const closed = supervisor.close()
    await pass(5.5 * seconds)
    await expect(closed).resolves.toBeUndefined()
    expect(supervisor.close()).toBe(closed)
  })

  test('commands behind it are refused', async () => {
    const id = await working()
    await supervisor.close()
    await expect(supervisor.start(id)).rejects.toMatchObject({ code: 'gateway_unavailable' })
    await expect(created()).rejects.toMatchObject({ code: 'gateway_unavailable' })
    expect(rowOf(id)).toBeDefined()
  })

  test('what could not be stored is tried once more', async () => {
    const id = await working()
    store.failure = new StoreUnavailable('locked')
    connection(id).closed('replaced')
    await pass()
    store.failure = undefined
    await supervisor.close()
    expect(store.rows.get(id)?.status).toBe('failed')
  })
})

describe('the log', () => {
  test('says in words what happens to a session, and names nobody', async () => {
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
      'connecting to WhatsApp: the connection was lost (code 428); trying again',
      'connected to WhatsApp',
      'stopped',
    ])
    expect(logged.every(({ context }) => 'sessionId' in context)).toBe(true)
    expect(JSON.stringify(logged)).not.toContain('62812')
  })

  test('warns of what nobody here asked for', async () => {
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

const message = (changes: Partial<MessageFact> = {}): MessageFact => ({
  kind: 'message',
  chat: '6281234567891@s.whatsapp.net',
  id: '3EB0',
  fromMe: false,
  sender: '6281234567891@s.whatsapp.net',
  timestamp: Date.now(),
  type: 'text',
  body: 'hello',
  live: true,
  ...changes,
})
