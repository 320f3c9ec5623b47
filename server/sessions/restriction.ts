/**
 * Whether WhatsApp lets the account begin chats. After its refusal of a new chat (463) WhatsApp is asked until when; the same refusal also
 * comes for other reasons, and then WhatsApp says that there is no restriction.
 */
import type { Logger } from 'pino'
import type { Fact } from '../model/facts.ts'
import { isRestricted, type SessionRow } from '../model/session.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { Lifecycle } from './lifecycle.ts'

export interface Restriction {
  /** Call with what WhatsApp says. */
  told(said: { isRestricted: boolean; until?: number }): void
  /** Call after each commit. */
  heard(facts: readonly Fact[]): void
}

export interface RestrictionParts {
  lifecycle: { row: Pick<SessionRow, 'id' | 'restrictedUntil'> } & Pick<Lifecycle, 'note'>
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
/** A later end is none. */
const longestMs = 366 * 86_400_000
const askMs = 10_000

export const createRestriction = ({ lifecycle, client, onLifted, clock, log }: RestrictionParts): Restriction => {
  let isAsking = false

  const restrict = (until: number | undefined) => {
    const now = clock()
    const restrictedUntil = Math.min(until ?? now + assumedMs, now + longestMs)
    log.warn({ sessionId: lifecycle.row.id, restrictedUntil }, 'WhatsApp lets the account begin no chats')
    lifecycle.note({ restrictedUntil }).catch(() => {})
  }

  const lift = () => {
    if (!isRestricted(lifecycle.row, clock())) return
    log.info({ sessionId: lifecycle.row.id }, 'WhatsApp lets the account begin chats again')
    lifecycle.note({ restrictedUntil: clock() }).then(onLifted, () => {})
  }

  const check = async () => {
    if (isAsking || isRestricted(lifecycle.row, clock())) return
    isAsking = true
    try {
      const open = client()
      if (open === undefined) return restrict(undefined)
      await open.checkRestriction({ withinMs: askMs })
    } catch (error) {
      log.info({ sessionId: lifecycle.row.id, err: error }, 'WhatsApp did not say whether the account is restricted')
      restrict(undefined)
    } finally {
      isAsking = false
    }
  }

  return {
    told: ({ isRestricted, until }) => (isRestricted ? restrict(until) : lift()),
    heard(facts) {
      if (facts.some((fact) => fact.kind === 'outcome' && fact.failure?.code === refusal)) void check()
    },
  }
}
