/**
 * What is limited in the sandbox, so that a refusal can be shown: one session, one address, two organizations of their own. All
 * else is as free as the configuration leaves it.
 */
import type { Limits, Subject } from '../../server/limits/limits.ts'
import type { Rate } from '../../server/limits/pace.ts'

/** Once a week: who is refused is refused for as long as anybody looks. */
const once: Rate = { perMinute: 1 / (7 * 24 * 60), burst: 1 }

/** For documentation only (RFC 5737): nobody calls from here. */
export const pacedAddress = '203.0.113.1'
/** Begins to pair a session once. */
export const pacedOrganization = 'org_warung_sari'
/** Has one session, and may have no more. */
export const fullOrganization = 'org_toko_penuh'

/** @param pacedSession undefined until it is made */
export const pacedLimits = (others: Limits, pacedSession: () => string | undefined): Limits => {
  const isPaced = (subject: Subject) => {
    if ('session' in subject) return subject.session === pacedSession()
    if ('organization' in subject) return subject.organization === pacedOrganization
    return subject.address === pacedAddress
  }
  return {
    rateOf: (limit, subject) => (isPaced(subject) ? once : others.rateOf(limit, subject)),
    sessionsOf: (organizationId) => (organizationId === fullOrganization ? 1 : others.sessionsOf(organizationId)),
  }
}

/** One request to the gateway. @returns its status, and the body as JSON where there is one */
export type Ask = (
  method: string,
  path: string,
  options: { token: string; body?: object; headers?: Record<string, string> },
) => Promise<{ status: number; body: unknown }>

export interface ExhaustParts {
  ask: Ask
  /** Of the paced session's organization, and of the two others. */
  tokens: Record<'full' | 'paced' | 'crowded', string>
  pacedSession: string
  /** Digits. */
  phone: string
}

/** With what the next call of an operation is refused. */
export interface Exhausted {
  session?: string
  headers?: Record<string, string>
}

/**
 * Calls as any caller could, until it is refused. All of it at the first wish: from then on nothing here changes any more, however
 * many runs look at it.
 * @returns a function from an operation and a reason to how it is refused; undefined where that is never refused
 */
export const createExhaust = ({ ask, tokens, pacedSession, phone }: ExhaustParts) => {
  const session = `/sessions/${pacedSession}`
  const forwarded = { 'X-Forwarded-For': pacedAddress }
  let done: Promise<void> | undefined

  const wrongTokens = () => untilRefused(429, () => ask('GET', '/sessions', { token: 'wrong', headers: forwarded }))

  const ofSession = async () => {
    const { full: token } = tokens
    await untilRefused(429, () =>
      ask('PUT', `${session}/chats/${phone}@s.whatsapp.net/presence`, { token, body: { state: 'paused' } }),
    )
    await untilRefused(429, () => ask('POST', `${session}:restart`, { token }))
    await untilRefused(429, () => ask('POST', `${session}/pairing-code`, { token, body: { phone } }))
    // A session that runs may be started as often as one likes.
    await ask('POST', `${session}:stop`, { token })
  }

  const ofOrganizations = async () => {
    await untilRefused(429, () => ask('POST', '/sessions', { token: tokens.paced, body: { start: true } }))
    await untilRefused(409, () => ask('POST', '/sessions', { token: tokens.crowded }))
  }

  const refusals: Readonly<Record<string, Exhausted>> = {
    'setChatPresence presence': { session: pacedSession },
    'startSession starts': { session: pacedSession },
    'restartSession starts': { session: pacedSession },
    'sessionPairingCode pairing': { session: pacedSession },
    'createSession starts': { headers: { Authorization: `Bearer ${tokens.paced}` } },
    'createSession session_quota': { headers: { Authorization: `Bearer ${tokens.crowded}` } },
  }

  return async (operation: string, reason: string): Promise<Exhausted | undefined> => {
    done ??= Promise.all([wrongTokens(), ofSession(), ofOrganizations()]).then(() => undefined)
    await done
    return reason === 'wrong_tokens' ? { headers: forwarded } : refusals[`${operation} ${reason}`]
  }
}

const untilRefused = async (status: number, call: () => ReturnType<Ask>) => {
  for (let turn = 0; turn < 5; turn += 1) if ((await call()).status === status) return
  throw new Error(`nothing was refused with ${status}`)
}
