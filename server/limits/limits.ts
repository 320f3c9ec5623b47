/** The limits, and how they are configured. */
import type { enums } from '../../generated/enums.ts'
import type { PaceReason } from '../model/send-pace.ts'
import type { Rate } from './pace.ts'

/** A rate limit of the operator; each is a `details.reason` of 429. Open streams are counted, and have no rate. */
export type Limit = Exclude<(typeof enums)['RateLimitReason'][number], PaceReason | 'streams'>

/** Whose calls are counted together. */
export type Subject = { address: string } | { session: string } | { organization: string }

export interface Limits {
  /** Undefined = no limit. */
  rateOf(limit: Limit, subject: Subject): Rate | undefined
  /** How many sessions the organization may have. Undefined = any number. */
  sessionsOf(organizationId: string): number | undefined
  /** How many webhooks the organization may have. Undefined = any number. */
  webhooksOf(organizationId: string): number | undefined
  /** How many bytes the uploaded files of the organization may have. */
  uploadBytesOf(organizationId: string): number
  /** How many streams of events the organization may have open. Undefined = any number. */
  streamsOf(organizationId: string): number | undefined
  /** How many streams of events may be open, of all organizations. Undefined = any number. */
  streams: number | undefined
}

/** The operator's settings, per minute; 0 = no limit. */
export interface LimitSettings {
  wrongTokens: number
  pairing: number
  starts: number
  presence: number
  /** Sessions of one organization; 0 = any number. */
  sessions: number
  /** Webhooks of one organization; 0 = any number. */
  webhooks: number
  /** Bytes of the uploaded files of one organization. */
  uploadBytes: number
  /** Open streams of events of one organization, and of all; 0 = any number. */
  streams: { organization: number; all: number }
}

/** The limit of an organization is that of a session times this. */
const organizationFactor = 5

/** The burst of each limit is what it allows in a minute. */
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
    uploadBytesOf: () => settings.uploadBytes,
    sessionsOf: () => orAny(settings.sessions),
    streamsOf: () => orAny(settings.streams.organization),
    streams: orAny(settings.streams.all),
    webhooksOf: () => orAny(settings.webhooks),
  }
}

/** 0 stands for any number. */
const orAny = (count: number) => (count === 0 ? undefined : count)

export const noLimits: Limits = {
  rateOf: () => undefined,
  sessionsOf: () => undefined,
  webhooksOf: () => undefined,
  uploadBytesOf: () => Number.MAX_SAFE_INTEGER,
  streamsOf: () => undefined,
  streams: undefined,
}
