/** Answers that are kept under a caller's `Idempotency-Key`, so that a retried call is answered without being carried out again. */

/** How long an answer is kept, in milliseconds: 7 days. */
export const keptForMs = 7 * 86_400_000

/** How many answers are kept of one operation of an organization, or of a session: the newest. */
export const mostKept = 1_000

/** A key and its scope: the same text is another key in another organization, session or operation. */
export interface KeyOfCall {
  /** The caller's organization. */
  organizationId: string
  /** The session in the path; absent where the operation has none there. */
  sessionId?: string
  /** As the contract names it. */
  operationId: string
  /** As the caller gave it: 1 to 255 visible ASCII characters. */
  key: string
}

/** The answer of a call that took effect. */
export interface KeptAnswer extends KeyOfCall {
  /** SHA-256 of the request, 32 bytes: a retry has the same. */
  fingerprint: Buffer
  /** HTTP status, a success. */
  status: number
  /** JSON text. Only a method that says so takes one with a secret, and seals it. */
  body: string
  /** Epoch milliseconds. */
  keptAt: number
}

/** An answer whose body the store makes in the commit of the effect: the object that the effect created. */
export type KeptObject = Omit<KeptAnswer, 'body'>

/** Finds kept answers. The method that has the effect writes the answer, in the same commit: see `SessionStore.insertSession`. */
export interface IdempotencyStore {
  /**
   * @param now epoch milliseconds
   * @returns undefined when nothing is kept under the key, or it was kept longer than `keptForMs` ago
   */
  findKeptAnswer(call: KeyOfCall, now: number): Promise<KeptAnswer | undefined>
  /**
   * Removes answers that were kept longer than `keptForMs` ago.
   * @param now epoch milliseconds
   * @param limit the most that one call removes or returns
   * @returns how many were removed; fewer than `limit` = no more are left
   */
  purgeKeptAnswers(now: number, limit: number): Promise<number>
}

/** Another call has taken effect under the same key. Nothing was stored of this one. */
export class KeyTaken extends Error {
  override name = 'KeyTaken'

  constructor() {
    super('another call has taken effect under this idempotency key')
  }
}
