/**
 * Whether WhatsApp lets the account begin chats. It is asked at each login, and until when after its refusal of a new chat (463); the
 * same refusal also comes for other reasons, and then WhatsApp says that there is no restriction. The store tells when the time is over.
 */
import type { Logger } from 'pino'
import type { Fact } from '../model/facts.ts'
import { isRestricted, type SessionRow } from '../model/session.ts'
import { NotConnected } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { Lifecycle } from './lifecycle.ts'

export interface Restriction {
  /** Call with what WhatsApp says. */
  told(said: { isRestricted: boolean; until?: number }): void
  /** Call when the session has logged in: what WhatsApp decided meanwhile was not told to it. */
  loggedIn(): void
  /** Call after each commit. */
  heard(facts: readonly Fact[]): void
}

export interface RestrictionParts {
  lifecycle: { row: Pick<SessionRow, 'id' | 'restrictedUntil'> } & Pick<Lifecycle, 'restrict'>
  /** The open one; undefined while there is none. */
  client: () => Pick<WhatsAppClient, 'checkRestriction'> | undefined
  /** Called when it is stored that the session may begin chats again. */
  onLifted: () => void
  /** Epoch ms. */
  clock: () => number
  log: Pick<Logger, 'info' | 'warn'>
}

/** WhatsApp's number for a refusal to begin a chat. */
const refusal = '463'
/** How long a restriction is assumed to last when WhatsApp does not say. */
const assumedMs = 3_600_000
/** A later end counts as none. */
const longestMs = 366 * 86_400_000
const askMs = 10_000

export const createRestriction = ({ lifecycle, client, onLifted, clock, log }: RestrictionParts): Restriction => {
  /** Why WhatsApp is being asked; undefined while it is not. */
  let asking: 'login' | 'refusal' | undefined

  const restrict = (until: number | undefined) => {
    const now = clock()
    // The end that is known stays.
    if (until === undefined && isRestricted(lifecycle.row, now)) return
    const restrictedUntil = Math.min(until ?? now + assumedMs, now + longestMs)
    log.warn({ sessionId: lifecycle.row.id, restrictedUntil }, 'WhatsApp lets the account begin no chats')
    lifecycle.restrict(restrictedUntil).catch(() => {})
  }

  const lift = () => {
    if (!isRestricted(lifecycle.row, clock())) return
    log.info({ sessionId: lifecycle.row.id }, 'WhatsApp lets the account begin chats again')
    lifecycle.restrict().then(onLifted, () => {})
  }

  const ask = async () => {
    try {
      const open = client()
      if (open === undefined) throw new NotConnected('the session is not connected')
      await open.checkRestriction({ withinMs: askMs })
    } catch (error) {
      log.info({ sessionId: lifecycle.row.id, err: error }, 'WhatsApp did not say whether the account is restricted')
      // It has refused a new chat, and for this reason until it says otherwise.
      if (asking === 'refusal') restrict(undefined)
    } finally {
      asking = undefined
    }
  }

  const check = (why: 'login' | 'refusal') => {
    const isUnderWay = asking !== undefined
    if (asking !== 'refusal') asking = why
    if (!isUnderWay) void ask()
  }

  const isRefusal = (fact: Fact) => fact.kind === 'outcome' && fact.failure?.code === refusal

  return {
    told: ({ isRestricted, until }) => (isRestricted ? restrict(until) : lift()),
    loggedIn: () => check('login'),
    heard(facts) {
      if (facts.some(isRefusal) && !isRestricted(lifecycle.row, clock())) check('refusal')
    },
  }
}
