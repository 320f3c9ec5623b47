/**
 * One session while the process runs: its row, its client, its timers. Commands come one after another; what the client
 * says is taken at once, and only from the client of the present connection.
 */
import type { Logger } from 'pino'
import { isSameAccount, type Me } from '../model/account.ts'
import { within } from '../model/deadline.ts'
import { conflict, notFound, unavailable } from '../model/errors.ts'
import type { Fact, SealedFact } from '../model/facts.ts'
import type { SessionPatch, SessionRow } from '../model/session.ts'
import type { Store } from '../ports/store/store.ts'
import { type MessageRef, NotConnected } from '../ports/whatsapp/calls.ts'
import type { ClientEvent, CloseReason, WhatsApp, WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { backoffMs } from './backoff.ts'
import { createGroupNames } from './group-names.ts'
import type { LoginLimit, LoginSlot } from './login-limit.ts'
import { createRowWriter } from './row-writer.ts'
import { isActive, type Next, type SessionEvent, type SessionState, transition } from './state.ts'

/** What sessions need of the store. */
export type SessionStore = Pick<
  Store,
  'updateSession' | 'deleteSession' | 'clearCredentials' | 'restoredAt' | 'ingest' | 'namelessGroups' | 'noteGroupAsked'
>

export interface LiveSessionParts {
  store: SessionStore
  whatsapp: WhatsApp
  logins: LoginLimit
  clock: () => number
  random: () => number
  log: Pick<Logger, 'debug' | 'info' | 'warn'>
  onIngested: (messages: number) => void
  onLogin: (outcome: 'open' | CloseReason) => void
  /** Resolves when the store can be written. */
  storeWritable: () => Promise<void>
}

/** A code to show to the phone that shall be linked. */
export interface Qr {
  code: string
  /** Epoch ms. */
  expiresAt: number
}

/** Commands reject with `not_found` once it was removed, with `gateway_unavailable` once it was closed. */
export interface LiveSession {
  readonly row: SessionRow
  /** Present while live calls work. */
  readonly client: WhatsAppClient | undefined
  /** The code to show now; absent when there is none, or the last one has expired. */
  readonly qr: Qr | undefined
  /** Begins to connect; `urgent` when a person waits. @throws StoreUnavailable */
  start(urgent: boolean): Promise<SessionRow>
  /** Leaves it out for a while, before it ever connects. What is wanted stays wanted. */
  leaveOut(): void
  /** Resolves when it is disconnected. @throws StoreUnavailable */
  stop(): Promise<SessionRow>
  /** @throws StoreUnavailable */
  restart(): Promise<SessionRow>
  /** Unlinks the device when connected, forgets the credentials. @throws StoreUnavailable */
  logout(): Promise<SessionRow>
  /** Unlinks the device when connected, disconnects, and removes all that is stored. @throws StoreUnavailable */
  remove(): Promise<void>
  /** @see Supervisor.pairingCode */
  pairingCode(phone: string): Promise<string>
  /** Disconnects for the end of the process: status and `wanted` stay as they are. */
  close(deadlineMs: number): Promise<void>
}

/** A connection that has held this long is good: the next loss begins with a short back-off again. */
const settleMs = 30_000
/** A client that takes longer to close has hung; the session goes on without it. */
const closeMs = 10_000
const unlinkMs = 5_000
/** Read receipts that wait for a connection; the oldest are not sent. */
const mostUnconfirmed = 1_000
/** From asking for a pairing code to a client that can ask WhatsApp for it. */
const pairingMs = 30_000

/** @param hasCredentials whether the store has some for it: asked when it was pairing, and nobody knows how that ended */
export const createLiveSession = (
  stored: SessionRow,
  hasCredentials: boolean,
  parts: LiveSessionParts,
): LiveSession => {
  const { store, whatsapp, clock, random } = parts
  const sessionId = stored.id
  const log = parts.log
  const writer = createRowWriter({ store, sessionId, random, log })
  const logins = parts.logins.join(stored.organizationId)

  let row = stored
  let state: SessionState = stateOf(stored)
  /** Counts connections. What belongs to an earlier one finds another number here, and does nothing. */
  let generation = 0
  let isConnecting = false
  let client: WhatsAppClient | undefined
  let isOpen = false
  let qr: Qr | undefined
  let slot: LoginSlot | undefined
  /** Of the next connection, or of the present one's settling. */
  let timer: NodeJS.Timeout | undefined
  /** Resolves when the connection before this one has written its last. */
  let ending: Promise<unknown> = Promise.resolve()
  /** The stored credentials are worthless: the device was unlinked, here or on the phone. */
  let isStale = false
  let end: 'removed' | 'closed' | undefined
  /** Messages that count as read here, and of which WhatsApp was not told yet. */
  let unconfirmed: MessageRef[] = []
  /** Who waits for a client to ask something of, even before it is open. */
  const waiting = new Set<() => void>()

  /** The one place where state and row change. */
  const apply = (event: SessionEvent, known: Known = {}): { next: Next; stored: Promise<void> } => {
    const before = row
    const result = transition(state, event)
    state = result.state
    row = rowOf({ ...row, ...known }, state)
    const patch = difference(before, row)
    if (Object.keys(patch).length === 0) return { next: result.next, stored: Promise.resolve() }
    if (before.status !== row.status || before.statusReason !== row.statusReason) tell()
    row = { ...row, updatedAt: clock() }
    const written = writer.write(patch, row.updatedAt)
    // The writer logs it and tries again; only commands tell their caller.
    written.catch(() => {})
    return { next: result.next, stored: written }
  }

  const tell = () => {
    const text = words[row.status] + (row.statusReason === undefined ? '' : `: ${row.statusReason}`)
    // A session that is logged out for a reason was not logged out by a person here.
    if (row.status === 'failed' || (row.status === 'logged_out' && row.statusReason !== undefined))
      log.warn({ sessionId }, text)
    else log.info({ sessionId }, text)
  }

  const connect = (how: { urgent: boolean; exempt?: boolean }) => {
    if (isConnecting || client !== undefined || end !== undefined) return
    clearTimeout(timer)
    isConnecting = true
    generation += 1
    const mine = generation
    const isCurrent = () => mine === generation
    begin(how, isCurrent).catch((error: unknown) => {
      log.warn({ sessionId, err: error }, 'the connection could not be begun')
      if (isCurrent()) hear({ type: 'closed', reason: 'lost', detail: 'an error inside the gateway' })
    })
  }

  const begin = async (how: { urgent: boolean; exempt?: boolean }, isCurrent: () => boolean) => {
    await ending
    await parts.storeWritable()
    if (!isCurrent()) return
    slot = how.exempt ? undefined : logins.enter(how.urgent)
    await slot?.granted
    if (!isCurrent()) return
    if (isStale) {
      await store.clearCredentials(sessionId)
      if (!isCurrent()) return
      isStale = false
    }
    if ((await store.restoredAt(sessionId)) !== undefined) {
      if (!isCurrent()) return
      detach()
      apply({ type: 'restored' })
      return
    }
    if (!isCurrent()) return
    const account = accountOf(row)
    const onEvent = (event: ClientEvent) => isCurrent() && hear(event)
    const made = whatsapp.connect({ sessionId, ...(account && { account }), ingest, onEvent })
    // It may have said that it is closed before it was returned.
    if (!isCurrent()) return made.close()
    client = made
    isConnecting = false
    wake()
  }

  /** Lets go of the present connection, or of the next one: from here on it is not heard any more. */
  const detach = (farewell = (leaving: WhatsAppClient) => leaving.close()) => {
    generation += 1
    clearTimeout(timer)
    names.end()
    slot?.leave()
    const leaving = client
    slot = undefined
    client = undefined
    isConnecting = false
    isOpen = false
    qr = undefined
    wake()
    if (leaving === undefined) return
    ending = within(farewell(leaving), closeMs).then(
      (inTime) => {
        if (!inTime) log.warn({ sessionId }, 'the connection did not close in time; going on without it')
      },
      (error: unknown) => log.warn({ sessionId, err: error }, 'the connection did not close cleanly'),
    )
  }

  /** Whoever let it in, another account has no place here: its device is unlinked. */
  const hear = (event: ClientEvent) => {
    const account = accountOf(row)
    if ('me' in event && account !== undefined && !isSameAccount(account, event.me)) {
      parts.onLogin('other_account')
      detach(event.type === 'open' ? unlink : undefined)
      follow(apply({ type: 'closed', reason: 'other_account', detail: '' }).next, 'other_account')
      return
    }
    switch (event.type) {
      case 'qr':
        slot?.leave()
        qr = { code: event.code, expiresAt: event.expiresAt }
        apply(event)
        break
      case 'paired':
        qr = undefined
        apply(event, identityOf(event.me))
        break
      case 'open':
        slot?.leave()
        qr = undefined
        isOpen = true
        parts.onLogin('open')
        apply(event, { ...identityOf(event.me), lastConnectedAt: clock() })
        clearTimeout(timer)
        timer = setTimeout(() => apply({ type: 'settled' }), settleMs)
        confirmRead(unconfirmed.splice(0))
        if (client !== undefined) names.begin(client)
        break
      case 'closed':
        parts.onLogin(event.reason)
        detach()
        follow(apply(event).next, event.reason)
    }
  }

  const follow = (next: Next, reason: CloseReason) => {
    if (next === 'forget' || next === 'pair_afresh') isStale = true
    if (next === 'connect_later')
      timer = setTimeout(() => connect({ urgent: false }), backoffMs(state.failures, random()))
    if (next === 'connect' || next === 'pair_afresh')
      connect({ urgent: reason !== 'silent', exempt: reason === 'restart' })
    if (next === 'forget')
      ending = forget().catch((error: unknown) =>
        log.warn({ sessionId, err: error }, 'the credentials are forgotten with the next start only'),
      )
  }

  /** Should the store fail, the next connection does it first. */
  const forget = async () => {
    isStale = true
    await ending
    await store.clearCredentials(sessionId)
    isStale = false
  }

  const ingest = async (facts: Fact[], settled: Buffer[]) => {
    if (end === 'removed') return
    // Decided before it is stored, as what is marked read must not be counted even for a moment.
    const refs = row.autoRead && isOpen ? facts.map(readableRef) : []
    const told = facts.map((fact, index) => (refs[index] === undefined ? fact : asRead(fact)))
    const { messages, unopened = 0 } = await store.ingest(sessionId, told, clock(), settled)
    if (unopened > 0) tellUnopened()
    if (messages === 0) return
    parts.onIngested(messages)
    names.heard(facts)
    confirmRead(refs.filter((ref) => ref !== undefined))
  }

  let isUnopenedTold = false
  /** Once: of what is older than the stored copy there may be many. */
  const tellUnopened = () => {
    if (!isUnopenedTold)
      log.info({ sessionId }, 'WhatsApp sealed something under a message that is not stored; it waits')
    isUnopenedTold = true
  }

  /** What could not be said on this connection is said on the next one. */
  const confirmRead = (refs: MessageRef[]) => {
    if (refs.length === 0) return
    const unsaid = (error?: unknown) => {
      unconfirmed = [...unconfirmed, ...refs].slice(-mostUnconfirmed)
      log.debug({ sessionId, err: error }, 'read receipts were not sent')
    }
    if (client === undefined || !isOpen) unsaid()
    else client.sendReadReceipts(refs).catch(unsaid)
  }

  const names = createGroupNames({ sessionId, store, ingest: (facts) => ingest(facts, []), clock, log })

  let queue: Promise<unknown> = Promise.resolve()
  /** One command at a time, in the order in which they came. */
  const serial = <T>(command: () => Promise<T>): Promise<T> => {
    const result = queue.then(() => {
      if (end === 'removed') throw notFound('session')
      if (end === 'closed') throw stopping()
      return command()
    })
    queue = result.catch(() => {})
    return result
  }

  const start = async (urgent: boolean) => {
    const { stored } = apply({ type: 'start' })
    connect({ urgent })
    await stored
    return row
  }

  const stop = async () => {
    const { stored } = apply({ type: 'stop' })
    detach()
    await ending
    return stored
  }

  const wake = () => {
    for (const resolve of waiting) resolve()
  }

  const untilClient = async (): Promise<WhatsAppClient> => {
    const deadline = performance.now() + pairingMs
    while (client === undefined) {
      if (end !== undefined) throw stopping()
      if (!isActive(state)) throw unavailable(`pairing ended: ${state.statusReason ?? state.status}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add(resolve)
      const isAwake = await within(promise, deadline - performance.now())
      waiting.delete(resolve)
      if (!isAwake) throw unreachable()
    }
    return client
  }

  apply({ type: 'loaded', hasCredentials })

  return {
    get row() {
      return row
    },
    get client() {
      return isOpen ? client : undefined
    },
    get qr() {
      return qr !== undefined && qr.expiresAt > clock() ? qr : undefined
    },

    start: (urgent) => serial(() => start(urgent)),

    leaveOut: () => void apply({ type: 'left_out' }),

    stop: () =>
      serial(async () => {
        await stop()
        return row
      }),

    restart: () =>
      serial(async () => {
        // What `stop` could not store, `start` stores with its own change, or says that it can't.
        await stop().catch(() => {})
        return start(true)
      }),

    logout: () =>
      serial(async () => {
        if (state.paired && !isOpen)
          log.info({ sessionId }, 'logged out while disconnected: the phone lists the device until it is removed there')
        const farewell = isOpen ? unlink : undefined
        const { stored } = apply({ type: 'logout' })
        detach(farewell)
        await forget()
        await stored
        return row
      }),

    remove: () =>
      serial(async () => {
        // A connected session is unlinked first: a phone shall not list what can never come back.
        const farewell = isOpen ? unlink : undefined
        apply({ type: 'stop' })
        detach(farewell)
        await ending
        await store.deleteSession(sessionId)
        end = 'removed'
        await writer.close()
        log.info({ sessionId }, 'removed')
      }),

    async pairingCode(phone) {
      await serial(async () => {
        if (state.paired) throw conflict('the session is already paired')
        await start(true)
      })
      const pairing = await untilClient()
      try {
        return await pairing.requestPairingCode(phone)
      } catch (error) {
        throw error instanceof NotConnected ? unreachable(error) : error
      }
    },

    async close(deadlineMs) {
      end ??= 'closed'
      detach()
      await within(Promise.all([ending, writer.close()]), deadlineMs)
    },
  }
}

const words: Record<SessionRow['status'], string> = {
  starting: 'connecting to WhatsApp',
  scan_qr_code: 'waiting for a phone to scan the code',
  working: 'connected to WhatsApp',
  failed: 'failed',
  stopped: 'stopped',
  logged_out: 'logged out',
}

const stopping = () => unavailable('the gateway is stopping')

const unreachable = (cause?: unknown) => unavailable('WhatsApp could not be reached; try again in a moment', cause)

const stateOf = ({ status, statusReason, wanted, waJid }: SessionRow): SessionState => ({
  status,
  ...(statusReason !== undefined && { statusReason }),
  wanted,
  paired: waJid !== undefined,
  failures: 0,
  restarts: 0,
})

/** What a client's event adds to the row. */
type Known = Partial<Pick<SessionRow, 'waJid' | 'waLid' | 'accountJid' | 'accountLid' | 'lastConnectedAt'>>

const identityOf = ({ jid, lid }: Me): Known => ({
  waJid: jid,
  accountJid: jid,
  ...(lid !== undefined && { waLid: lid, accountLid: lid }),
})

const accountOf = ({ waJid, waLid, accountJid = waJid, accountLid = waLid }: SessionRow): Me | undefined =>
  accountJid === undefined ? undefined : { jid: accountJid, ...(accountLid !== undefined && { lid: accountLid }) }

const rowOf = ({ statusReason: _reason, waJid, waLid, ...rest }: SessionRow, state: SessionState): SessionRow => ({
  ...rest,
  status: state.status,
  wanted: state.wanted,
  ...(state.statusReason !== undefined && { statusReason: state.statusReason }),
  ...(state.paired && waJid !== undefined && { waJid }),
  ...(state.paired && waLid !== undefined && { waLid }),
})

const difference = (before: SessionRow, after: SessionRow): SessionPatch => ({
  ...(after.status !== before.status && { status: after.status }),
  ...(after.wanted !== before.wanted && { wanted: after.wanted }),
  ...(after.statusReason !== before.statusReason && { statusReason: after.statusReason ?? null }),
  ...(after.waJid !== before.waJid && { waJid: after.waJid ?? null }),
  ...(after.waLid !== before.waLid && { waLid: after.waLid ?? null }),
  ...(after.accountJid !== before.accountJid && { accountJid: after.accountJid ?? null }),
  ...(after.accountLid !== before.accountLid && { accountLid: after.accountLid ?? null }),
  ...(after.lastConnectedAt !== before.lastConnectedAt && { lastConnectedAt: after.lastConnectedAt ?? null }),
})

const unlink = async (client: WhatsAppClient) => {
  try {
    await within(client.logout(), unlinkMs)
  } finally {
    await client.close()
  }
}

const asRead = (fact: Fact): Fact => {
  if (fact.kind === 'sealed') return { ...fact, carrier: { ...fact.carrier, read: true } }
  return fact.kind === 'message' ? { ...fact, read: true } : fact
}

/** Undefined for what nobody has read by taking it in: own, old or unreadable messages, and those in no chat. */
const readableRef = (fact: Fact): MessageRef | undefined => {
  if (fact.kind === 'sealed') return fact.holds === 'comment' ? refOf(fact.carrier) : undefined
  return fact.kind === 'message' && !fact.undecryptable ? refOf(fact) : undefined
}

const refOf = ({ chat, id, sender, fromMe, live }: SealedFact['carrier']): MessageRef | undefined => {
  if (fromMe || !live) return undefined
  if (chat.endsWith('@g.us')) return sender === undefined ? undefined : { chat, id, participant: sender }
  return chat.endsWith('@s.whatsapp.net') || chat.endsWith('@lid') ? { chat, id } : undefined
}
