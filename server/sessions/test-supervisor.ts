/** Shared by the tests of the supervisor: store and WhatsApp in memory, and a fake clock. */
import { afterEach, beforeEach, vi } from 'vitest'
import { createIntake } from '../intake/intake.ts'
import type { Me } from '../model/account.ts'
import type { Fact, MessageFact } from '../model/facts.ts'
import type { Owned } from '../model/owned.ts'
import type { Principal } from '../model/principal.ts'
import type { OwnerPatch, SessionPatch, SessionRow } from '../model/session.ts'
import { Fenced, SessionGone } from '../ports/store/errors.ts'
import { noUploads } from '../uploads/no-uploads.ts'
import { createMemoryWhatsApp, type MemoryWhatsApp } from '../whatsapp/memory/memory-whatsapp.ts'
import { reasonOf } from './reasons.ts'
import { isActive } from './state.ts'
import { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.ts'

export const me: Me = { jid: '6281234567890@s.whatsapp.net', lid: '98765432101234@lid' }
export const seconds = 1_000
/** A single login waits at most this long. */
export const turn = 150

/** Members that a patch can remove. */
const optional = [
  'statusReason',
  'statusReasonCode',
  'waJid',
  'waLid',
  'accountJid',
  'accountLid',
  'lastConnectedAt',
] as const

const withoutNulls = (patch: OwnerPatch | SessionPatch): Partial<SessionRow> =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null))

/** A store in memory that can fail on demand. */
const createRows = (...initial: SessionRow[]) => {
  const rows = new Map(initial.map((row) => [row.id, row]))
  const rowsOf = (organizationId: string) => [...rows.values()].filter((row) => row.organizationId === organizationId)
  const rowsStore = {
    rows,
    failure: undefined as Error | undefined,
    cleared: [] as string[],
    creds: new Set<string>(),
    ingested: [] as Fact[],
    sessionsAtWork: async () => [...rows.values()].filter((row) => row.wanted || isActive(row)),
    findSession: async (organizationId: string | undefined, id: string) => {
      const row = rows.get(id)
      return organizationId === undefined || row?.organizationId === organizationId ? row : undefined
    },
    listSessions: async (organizationId: string) => ({ rows: rowsOf(organizationId) }),
    countSessionsOf: async (organizationId: string) => rowsOf(organizationId).length,
    countSessions: async () => {
      const kinds = [...rows.values()].map((row) => ({ status: row.status, reason: reasonOf(row)?.code ?? 'none' }))
      const counts = Map.groupBy(kinds, ({ status, reason }) => `${status} ${reason}`)
      return [...counts.values()].flatMap((same) => (same[0] ? [{ ...same[0], count: same.length }] : []))
    },
    insertSession: async (row: SessionRow) => {
      check()
      rows.set(row.id, row)
    },
    /** The latest lease of each. */
    leases: new Map<string, { epoch: number; lost: AbortController }>(),
    released: [] as string[],
    acquire: async (sessionId: string) => {
      check()
      const row = rows.get(sessionId)
      if (row === undefined) return undefined
      const before = rowsStore.leases.get(sessionId)
      const { epoch, lost } = { epoch: (before?.epoch ?? 0) + 1, lost: new AbortController() }
      rowsStore.leases.set(sessionId, { epoch, lost })
      before?.lost.abort(new Fenced())
      const owned: Owned = { sessionId, organizationId: row.organizationId, epoch }
      return { owned, lost: lost.signal, release: async () => void rowsStore.released.push(sessionId) }
    },
    updateOwned: async (owned: Owned, patch: OwnerPatch, now: number) => {
      check()
      const row = ownRow(owned)
      const updated: SessionRow = { ...row, ...withoutNulls(patch), updatedAt: now }
      for (const name of optional) if (patch[name] === null) delete updated[name]
      rows.set(row.id, updated)
    },
    updateSession: async (id: string, patch: SessionPatch, now: number) => {
      check()
      const row = rows.get(id)
      if (row === undefined) return undefined
      const updated: SessionRow = { ...row, ...withoutNulls(patch), updatedAt: now }
      if (patch.label === null) delete updated.label
      rows.set(id, updated)
      return updated
    },
    deleteSession: async (id: string) => {
      check()
      return rows.delete(id)
    },
    clearing: Promise.resolve(),
    clearCredentials: async (owned: Owned) => {
      check()
      await rowsStore.clearing
      rowsStore.cleared.push(ownRow(owned).id)
    },
    restored: new Set<string>(),
    restoredAt: async (id: string) => (rowsStore.restored.has(id) ? 1 : undefined),
    readCreds: async (id: string) => (rowsStore.creds.has(id) ? Buffer.from('sealed') : undefined),
    nameless: new Set<string>(),
    asked: new Map<string, number | null>(),
    namelessGroups: async (_id: string, since: number, limit: number) => {
      const due = [...rowsStore.nameless].filter((jid) => (rowsStore.asked.get(jid) ?? 0) < since)
      return due.slice(0, limit)
    },
    noteGroupAsked: async (owned: Owned, jid: string, at: number | null) => {
      ownRow(owned)
      rowsStore.asked.set(jid, at)
    },
    /** The outbox has tests of its own, on a real store. */
    findOutgoing: async () => undefined,
    nextWaiting: async () => undefined,
    listOutgoing: async () => [],
    claimOutgoing: async () => undefined,
    releaseOutgoing: async () => {},
    findRaw: async () => undefined,
    findMessageKey: async () => undefined,
    findMessageId: async () => undefined,
    ingest: async (owned: Owned, facts: Fact[]) => {
      check()
      ownRow(owned)
      rowsStore.ingested.push(...facts)
      for (const fact of facts) {
        if (fact.kind === 'message' && fact.chat.endsWith('@g.us')) rowsStore.nameless.add(fact.chat)
        if (fact.kind === 'chat' && fact.name !== undefined) rowsStore.nameless.delete(fact.jid)
      }
      return { messages: facts.filter(({ kind }) => kind === 'message').length, events: [] }
    },
  }
  const check = () => {
    if (rowsStore.failure) throw rowsStore.failure
  }
  /** @throws Fenced */
  const ownRow = ({ sessionId, epoch }: Owned): SessionRow => {
    const [row, lease] = [rows.get(sessionId), rowsStore.leases.get(sessionId)]
    if (row === undefined) throw new SessionGone()
    if (lease?.epoch === epoch) return row
    throw new Fenced()
  }
  return rowsStore
}

export const pairedRow = (id: string, changes: Partial<SessionRow> = {}): SessionRow => ({
  id,
  organizationId: 'org_1',
  status: 'working',
  wanted: true,
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  ratePerHour: 200,
  newChatsPerDay: 20,
  waJid: me.jid,
  createdAt: 1,
  updatedAt: 1,
  ...changes,
})

export const principal = (organizationId: string, superAdmin = false): Principal => ({
  kind: 'login',
  subject: 'user_1',
  organizationId,
  capabilities: new Set(),
  superAdmin,
})
export const owner = principal('org_1')

export let store: ReturnType<typeof createRows>
export let whatsapp: MemoryWhatsApp
export let supervisor: Supervisor
export let logged: { level: string; text: string; context: object }[]
export let logins: string[]
/** Messages of each commit. */
export let counted: number[]

/** Resets the store to these rows. */
export const keep = (...rows: SessionRow[]) => {
  store = createRows(...rows)
}

/** A new supervisor over the same store and WhatsApp, as after a restart of the process. */
export const open = async (options: Partial<SupervisorOptions> = {}) => {
  const log =
    (level: string) =>
    (...[context, text]: unknown[]) =>
      void logged.push({ level, text: String(text), context: Object(context) })
  supervisor = await createSupervisor({
    store,
    whatsapp,
    files: noUploads,
    clock: Date.now,
    random: () => 0.5,
    log: { debug: log('debug'), info: log('info'), warn: log('warn') },
    intake: createIntake({
      store,
      clock: Date.now,
      log: { info: log('info'), error: log('error') },
      onCommitted: ({ ingested }) => void counted.push(ingested.messages),
    }),
    onLogin: (outcome) => void logins.push(outcome),
    ...options,
  })
}

/** Advances the fake clock, and runs everything that is due. */
export const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

export const created = (changes = {}) => supervisor.create({ organizationId: 'org_1', ...changes })
export const rowOf = (id: string) => supervisor.find(owner, id)
/** Whether live calls of the session work. */
export const isOpen = (id: string): Promise<boolean> =>
  supervisor.calls.call(id, 'presence.send', { jid: me.jid, state: 'paused' }, { withinMs: 1_000 }).then(
    () => true,
    () => false,
  )
export const connection = (id: string) => whatsapp.latest(id)
export const connectionsOf = (id: string) => whatsapp.connections.filter(({ sessionId }) => sessionId === id).length

/** A session that is paired and open. */
export const working = async (changes = {}) => {
  const { id } = await created({ start: true, ...changes })
  await pass(turn)
  connection(id).paired(me)
  connection(id).closed('restart')
  await pass()
  connection(id).open(me)
  await pass()
  return id
}

export const message = (changes: Partial<MessageFact> = {}): MessageFact => ({
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

/** A supervisor, a store and a WhatsApp for each test, at noon of the first of May. */
export const inSupervisor = (): void => {
  beforeEach(async () => {
    vi.useFakeTimers({ now: Date.parse('2026-05-01T12:00:00Z') })
    store = createRows()
    whatsapp = createMemoryWhatsApp()
    logged = []
    logins = []
    counted = []
    await open()
  })
  afterEach(async () => {
    const closed = supervisor.close()
    await pass(10 * seconds)
    await closed
    vi.useRealTimers()
  })
}
