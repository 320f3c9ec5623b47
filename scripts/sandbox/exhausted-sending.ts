/** Sessions that may not send now. They are of the paced organization, so that nobody else's list of sessions shows them. */
import { newWaMessageId } from '../../server/model/outgoing.ts'
import { paceReasons, type SendRate } from '../../server/model/send-pace.ts'
import type { Running } from '../../server/start.ts'
import { pacedOrganization } from './paced.ts'

/** Nobody is connected under it: what it would send stays here. */
const stranger = '6281200000099@s.whatsapp.net'
/** A rate of one message in a minute refuses for less time than a run takes: after this another session is made. */
const freshMs = 20_000

/** @returns a function that gives the id of a session whose rate is used up; undefined for what is no rate */
export const createExhaustedSending = (gateway: () => Running) => {
  const made = new Map<string, { session: string; at: number }>()

  const spend = async (session: string) => {
    const now = Date.now()
    const fact = {
      kind: 'message' as const,
      chat: stranger,
      id: newWaMessageId(),
      fromMe: true,
      timestamp: now,
      type: 'text' as const,
      body: 'the last one',
      status: 'pending' as const,
      live: true,
    }
    const message = { fact, draft: { type: 'text' as const, text: 'the last one' }, expiresAt: now + 60_000 }
    await gateway().store.acceptMessage({ sessionId: session, organizationId: pacedOrganization }, message, now)
    return fact.id
  }

  const make = async (reason: SendRate | 'whatsapp'): Promise<string> => {
    const { supervisor, store } = gateway()
    const { id } = await supervisor.create({ organizationId: pacedOrganization, label: `Used up: ${reason}` })
    const lease = await store.acquire(id)
    const none = { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 0 }
    await supervisor.changeSettings(id, reason === 'whatsapp' ? none : { ...none, [reason]: 1 })
    const sent = await spend(id)
    const failure = { code: '429', words: 'too often' }
    const now = Date.now()
    if (lease && reason === 'whatsapp')
      await store.ingest(lease.owned, [{ kind: 'outcome', id: sent, at: now, failure }], now)
    return id
  }

  return async (reason: string): Promise<string | undefined> => {
    const rate = paceReasons.find((one) => one === reason)
    if (rate === undefined) return undefined
    const before = made.get(rate)
    if (before !== undefined && Date.now() - before.at < freshMs) return before.session
    const session = await make(rate)
    made.set(rate, { session, at: Date.now() })
    return session
  }
}
