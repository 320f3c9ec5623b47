/**
 * What is limited in the sandbox, so that a refusal can be shown: one session, one address, two organizations of their own. All
 * else is as free as the configuration leaves it.
 */
import { parley as contract } from '../../conformance/parley.ts'
import { type OperationId, type OperationRow, operations } from '../../generated/operations.ts'
import type { Limits, Subject } from '../../server/limits/limits.ts'
import type { Rate } from '../../server/limits/pace.ts'
import { paceReasons } from '../../server/model/send-pace.ts'
import type { Ask } from './api.ts'

type LimitedRow = OperationRow & { operationId: OperationId }

/** Once a week: who is refused is refused for as long as anybody looks. */
const once: Rate = { perMinute: 1 / (7 * 24 * 60), burst: 1 }

/** For documentation only (RFC 5737): nobody calls from here. */
const pacedAddress = '203.0.113.1'
/** Begins to pair a session once. */
export const pacedOrganization = 'org_warung_sari'
/** Has one session, and may have no more; and no files, no streams and no webhooks. */
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
    webhooksOf: (organizationId) => (organizationId === fullOrganization ? 0 : others.webhooksOf(organizationId)),
    uploadBytesOf: (organizationId) => (organizationId === fullOrganization ? 0 : others.uploadBytesOf(organizationId)),
    streamsOf: (organizationId) => (organizationId === fullOrganization ? 0 : others.streamsOf(organizationId)),
    streams: others.streams,
  }
}

export interface ExhaustParts {
  ask: Ask
  /** Of the paced session's organization, and of the two others. */
  tokens: Record<'full' | 'paced' | 'crowded', string>
  pacedSession: string
  /** The session of the paced organization that may not send now, for a reason of sending. */
  sending: (reason: string) => Promise<{ session: string; message: string } | undefined>
}

/** With what the next call of an operation is refused. */
export interface Exhausted {
  session?: string
  /** `id` of a text of that session. */
  message?: string
  headers?: Record<string, string>
}

/**
 * Calls as any caller could, until it is refused. Everything is exhausted at the first request, so that later ones change nothing
 * for runs that are under way.
 * @returns a function from an operation and a reason to how it is refused; undefined where that is never refused
 */
export const createExhaust = ({ ask, tokens, pacedSession, sending }: ExhaustParts) => {
  const forwarded = { 'X-Forwarded-For': pacedAddress }
  let done: Promise<void> | undefined

  const wrongTokens = () => untilRefused(429, () => ask('GET', '/sessions', { token: 'wrong', headers: forwarded }))

  const quota = () => untilRefused(409, () => ask('POST', '/sessions', { token: tokens.crowded }))

  /** The one session of the organization that may have no more, and no files. */
  const crowdedSession = async () => {
    const { body } = await ask('GET', '/sessions', { token: tokens.crowded })
    const [session] = (body as { data: { id: string }[] }).data
    if (session === undefined) throw new Error('an organization with all its sessions has none')
    return session.id
  }

  const limitedOperations = async () => {
    for (const row of Object.values(operations).filter(isOfOperator)) {
      const ofSession = namesSession(row)
      await untilRefused(429, async () => {
        // Starting a session counts only while it does not run.
        if (ofSession) await ask('POST', `/sessions/${pacedSession}:stop`, { token: tokens.full })
        return ask(row.method, samplePath(row, pacedSession), {
          token: ofSession ? tokens.full : tokens.paced,
          ...sampleBody(row),
        })
      })
    }
  }

  return async (operation: string, reason: string): Promise<Exhausted | undefined> => {
    done ??= Promise.all([wrongTokens(), quota(), limitedOperations()]).then(() => undefined)
    await done
    if (reason === 'wrong_tokens') return { headers: forwarded }
    if (
      (operation === 'uploadMedia' && reason === 'media_quota') ||
      (operation === 'streamEvents' && reason === 'streams')
    )
      return { session: await crowdedSession(), ...authorized(tokens.crowded) }
    if (operation === 'createSession' && reason === 'session_quota') return authorized(tokens.crowded)
    if (operation === 'createWebhook' && reason === 'webhook_quota') return authorized(tokens.crowded)
    const row: OperationRow | undefined = Object.values(operations).find(({ operationId }) => operationId === operation)
    if (row?.limits.includes(reason) !== true) return undefined
    const sender = await sending(reason)
    if (sender !== undefined) return { ...sender, ...authorized(tokens.paced) }
    return namesSession(row) ? { session: pacedSession } : authorized(tokens.paced)
  }
}

/** A rate, and not a setting of sessions. */
const isOfOperator = ({ limits }: OperationRow) =>
  limits.length > 0 && !limits.some((one) => isSendRate(one) || one === 'streams')

const isSendRate = (limit: string) => paceReasons.some((rate) => rate === limit)

const authorized = (token: string): Exhausted => ({ headers: { Authorization: `Bearer ${token}` } })

const namesSession = ({ parameters }: OperationRow) => 'session' in parameters.path

/** The path of an operation on a session, with the contract's examples for all other parameters. */
const samplePath = ({ operationId, path }: LimitedRow, session: string): string => {
  const parameters = contract
    .parameterPointers(operationId)
    .map((pointer) => contract.at(pointer) as { name: string; example?: string })
  return path.replaceAll(/\{(\w+)\}/g, (_, wanted) =>
    wanted === 'session' ? session : String(parameters.find(({ name }) => name === wanted)?.example),
  )
}

/** The contract's first example of its body. */
const sampleBody = ({ operationId }: LimitedRow): { body?: object } => {
  const body = contract.bodyExample(operationId)
  return typeof body === 'object' && body !== null ? { body } : {}
}

const untilRefused = async (status: number, call: () => ReturnType<Ask>) => {
  for (let turn = 0; turn < 5; turn += 1) if ((await call()).status === status) return
  throw new Error(`nothing was refused with ${status}`)
}
