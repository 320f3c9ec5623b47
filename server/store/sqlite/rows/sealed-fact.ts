import type { SealedFact } from '../../../model/facts.ts'
import type { Sealed } from '../../converge/rows.ts'
import type { Sealer } from '../../seal.ts'

type Kept = Pick<Sealed, 'fact' | 'seq'>

const contextOf = (sessionId: string) => `${sessionId}/sealed`

/** Serializes an encrypted content for storage, sealed for its carrier. */
export const sealFact = (sealer: Sealer, sessionId: string, { fact, seq }: Kept): Buffer =>
  sealer.seal(contextOf(sessionId), Buffer.from(textOf(fact, seq)), fact.carrier.id)

/** Undefined if it cannot be opened: it counts as not stored. */
export function unsealFact(
  sealer: Sealer | undefined,
  sessionId: string,
  carrierId: string,
  sealed: Buffer,
): Kept | undefined {
  try {
    if (sealer === undefined) return undefined
    const { fact, seq, bytes } = JSON.parse(sealer.open(contextOf(sessionId), sealed, carrierId).toString())
    const read = Object.entries<string>(bytes).map(([name, text]) => [name, Buffer.from(text, 'base64')])
    return { fact: { ...fact, ...Object.fromEntries(read) }, seq }
  } catch {
    return undefined
  }
}

const textOf = ({ iv, payload, secret, ...fact }: SealedFact, seq: number) =>
  JSON.stringify({ fact, seq, bytes: { iv: base64(iv), payload: base64(payload), secret: secret && base64(secret) } })

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
