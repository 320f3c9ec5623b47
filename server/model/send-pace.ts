/** How often a session may send: its own settings, and what WhatsApp says. */
import type { SessionRow } from './session.ts'
import type { Filling } from './token-bucket.ts'

/** The settings that limit what is sent, each the name of a bucket. */
export const sendRates = ['ratePerMin', 'ratePerHour', 'newChatsPerDay'] as const

/** One of `sendRates`. */
export type SendRate = (typeof sendRates)[number]

/**
 * Every reason why something cannot be sent now: the rate that is used up; `restricted`: WhatsApp lets the account begin no chats;
 * `whatsapp`: it told the session to wait.
 */
export const paceReasons = [...sendRates, 'restricted', 'whatsapp'] as const

/** One of `paceReasons`. */
export type PaceReason = (typeof paceReasons)[number]

/** It cannot be sent now. Nothing was stored. */
export class TooSoon extends Error {
  override name = 'TooSoon'
  /** Why. */
  readonly reason: PaceReason
  /** After this time it can be, unless something else is sent first; milliseconds. */
  readonly waitMs: number

  constructor(reason: PaceReason, waitMs: number) {
    super(`too soon: ${reason}`)
    this.reason = reason
    this.waitMs = waitMs
  }
}

const periodMs: Record<SendRate, number> = { ratePerMin: 60_000, ratePerHour: 3_600_000, newChatsPerDay: 86_400_000 }

/** How the buckets of a session are filled; a rate of 0 has none. */
export const fillingOf = (rates: Pick<SessionRow, SendRate>, name: SendRate): Filling | undefined =>
  rates[name] === 0 ? undefined : { burst: rates[name], tokenMs: periodMs[name] / rates[name] }

/** How many tokens messages that may wait leave to calls whose callers wait. */
export const leftToCallers = ({ burst }: Filling): number => Math.floor(burst / 4)
