/** What is limited, and how much of it there may be. */
import type { enums } from '../../generated/enums.ts'
import type { Rate } from './pace.ts'

/** What may be done at a pace only; each is a `details.reason` of 429. */
export type Limit = (typeof enums)['RateLimitReason'][number]

/** Whose doing is counted. */
export type Subject = { address: string } | { session: string } | { organization: string }

export interface Limits {
  /** Undefined: as often as they like. */
  rateOf(limit: Limit, subject: Subject): Rate | undefined
  /** How many sessions the organization may have. Undefined: any number. */
  sessionsOf(organizationId: string): number | undefined
}

/** As the operator sets them: so many a minute; 0 = no limit. */
export interface LimitSettings {
  wrongTokens: number
  pairing: number
  starts: number
  presence: number
  /** Sessions of one organization; 0 = any number. */
  sessions: number
}

/** What one session may do, all sessions of an organization together may do so many times. */
const organizationFactor = 5

/** A minute's worth may come at once. */
export const createLimits = (settings: LimitSettings): Limits => {
  const perMinute: Record<Limit, number> = {
    wrong_tokens: settings.wrongTokens,
    pairing: settings.pairing,
    starts: settings.starts,
    presence: settings.presence,
  }
  return {
    rateOf: (limit, subject) => {
      const rate = perMinute[limit] * ('organization' in subject ? organizationFactor : 1)
      return rate === 0 ? undefined : { perMinute: rate, burst: rate }
    },
    sessionsOf: () => (settings.sessions === 0 ? undefined : settings.sessions),
  }
}

export const noLimits: Limits = { rateOf: () => undefined, sessionsOf: () => undefined }
