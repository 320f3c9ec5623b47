/** A call with an `Idempotency-Key` takes effect once; a retry gets the first answer again. */
import { createHash } from 'node:crypto'
import type { OperationRow } from '../../../generated/operations.ts'
import { invalid } from '../../model/errors.ts'
import type { Principal } from '../../model/principal.ts'
import type { SessionRow } from '../../model/session.ts'
import type { Keep } from '../../operation.ts'
import { type IdempotencyStore, type KeyOfCall, KeyTaken } from '../../ports/store/idempotency.ts'

/** A call under a key, with its parsed path, query and body. */
export interface KeyedCall extends KeyOfCall {
  asked: unknown
}

/** The parts of a request that a key depends on. */
interface Said {
  path: object
  query: object
  header: object
  body: unknown
  principal: Principal
  session: SessionRow | undefined
}

/** The keyed call of a request; undefined without a key, or if the operation takes none. */
export const keyedCall = (row: OperationRow, said: Said): KeyedCall | undefined => {
  const { path, query, header, body, principal, session } = said
  if (!row.idempotencyKey || !('Idempotency-Key' in header)) return undefined
  return {
    organizationId: session?.organizationId ?? principal.organizationId,
    ...(session && { sessionId: session.id }),
    operationId: row.operationId,
    key: String(header['Idempotency-Key']),
    asked: { path, query, body },
  }
}

/** An answer that was given before. `body`: JSON text. */
export interface Replay {
  status: number
  body: string
  headers: typeof marked
}

const marked = { 'Idempotency-Replayed': 'true' } as const

export interface Idempotent {
  /**
   * Does the work, unless a call under the same key took effect before. Waits for one that is in progress; if that one fails, does the
   * work in its place.
   * @param work gets `keep`, which makes the row to commit with the effect
   * @param render makes the answer of a retry from the body of the first one, JSON text; undefined = the first answer
   * @throws GatewayError `validation_error` when the key was used for another request; what `work` throws
   */
  once<T extends object>(
    call: KeyedCall,
    work: (keep: Keep) => Promise<T>,
    render?: (kept: string) => Promise<T> | undefined,
  ): Promise<T | Replay>
}

export interface IdempotentParts {
  store: Pick<IdempotencyStore, 'findKeptAnswer'>
  /** Epoch milliseconds. */
  clock: () => number
}

interface UnderWay {
  fingerprint: Buffer
  /** Never rejects. */
  over: Promise<void>
}

export const createIdempotent = ({ store, clock }: IdempotentParts): Idempotent => {
  // Calls in progress in this process. Several nodes: the store decides; the call that commits second has no effect (KeyTaken).
  const underWay = new Map<string, UnderWay>()

  const replayed = async (call: KeyOfCall, fingerprint: Buffer): Promise<Replay | undefined> => {
    const kept = await store.findKeptAnswer(call, clock())
    if (kept === undefined) return undefined
    if (!kept.fingerprint.equals(fingerprint)) throw otherCall()
    return { status: kept.status, body: kept.body, headers: marked }
  }

  const first = async <T extends object>(
    call: KeyOfCall,
    fingerprint: Buffer,
    work: (keep: Keep) => Promise<T>,
  ): Promise<{ made: T } | { kept: Replay }> => {
    const before = await replayed(call, fingerprint)
    if (before !== undefined) return { kept: before }
    try {
      const object: Keep['object'] = (status) => ({ ...call, fingerprint, status, keptAt: clock() })
      const whole = ({ status, body }: { status: number; body?: unknown }) => ({
        ...object(status),
        body: jsonText(body),
      })
      return { made: await work(Object.assign(whole, { object })) }
    } catch (error) {
      const meanwhile = error instanceof KeyTaken ? await replayed(call, fingerprint) : undefined
      if (meanwhile === undefined) throw error
      return { kept: meanwhile }
    }
  }

  return {
    async once({ asked, ...call }, work, render = () => undefined) {
      const fingerprint = fingerprintOf(asked)
      const name = nameOf(call)
      for (let other = underWay.get(name); other !== undefined; other = underWay.get(name)) {
        if (!other.fingerprint.equals(fingerprint)) throw otherCall()
        await other.over
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      underWay.set(name, { fingerprint, over: promise })
      try {
        const answered = await first(call, fingerprint, work)
        if ('made' in answered) return answered.made
        const { kept } = answered
        const made = await render(kept.body)
        return made === undefined ? kept : { ...made, headers: { ...headersOf(made), ...marked } }
      } finally {
        underWay.delete(name)
        resolve()
      }
    },
  }
}

const headersOf = (reply: object): object =>
  'headers' in reply && typeof reply.headers === 'object' && reply.headers !== null ? reply.headers : {}

const otherCall = () =>
  invalid([
    {
      path: '/header/Idempotency-Key',
      message: 'Idempotency-Key was used for another request; a new request needs a new key',
      code: 'key_reused',
    },
  ])

/** A text from the database is JSON already. */
const jsonText = (body: unknown): string =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : JSON.stringify(body)

const nameOf = ({ organizationId, sessionId, operationId, key }: KeyOfCall) =>
  JSON.stringify([organizationId, sessionId, operationId, key])

const fingerprintOf = (asked: unknown): Buffer => createHash('sha256').update(canonicalJson(asked)).digest()

/** Canonical JSON: the order of members does not matter. */
const canonicalJson = (value: unknown): string => JSON.stringify(value, (_key, member: unknown) => inOrder(member))

const inOrder = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value
