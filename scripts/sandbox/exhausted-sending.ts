/** Sessions that may not send now. They are of the paced organization, so that nobody else's list of sessions shows them. */
import { newWaMessageId } from '../../server/model/outgoing.ts'
import type { Owned } from '../../server/model/owned.ts'
import { type PaceReason, paceReasons, sendRates } from '../../server/model/send-pace.ts'
import type { Running } from '../../server/start.ts'
import { pacedOrganization } from './paced.ts'

/** Nobody is connected under it: what it would send stays here. */
const stranger = '6281200000099@s.whatsapp.net'
/** Has written to them. */
const known = '6281200000098@s.whatsapp.net'
/** A rate of one message in a minute refuses for less time than a run takes: after this another session is made. */
const freshMs = 20_000

interface Spent {
  session: string
  /** `id` of a text that it has received. */
  message: string
}

const isSendRate = (reason: PaceReason) => sendRates.some((rate) => rate === reason)

/** @returns a function that gives a session whose rate is used up; undefined for what is no rate */
export const createExhaustedSending = (gateway: () => Running) => {
  const made = new Map<string, { spent: Spent; at: number }>()

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

  /** Something that could be forwarded. */
  const receive = async (owned: Owned): Promise<string> => {
    const { store } = gateway()
    const now = Date.now()
    const raw = Buffer.from('\n\u0005hello')
    const fact = {
      kind: 'message' as const,
      chat: known,
      sender: known,
      id: newWaMessageId(),
      fromMe: false,
      timestamp: now - 60_000,
    }
    await store.ingest(owned, [{ ...fact, type: 'text', body: 'hello', live: false, raw }], now)
    const page = await store.listMessages(owned.sessionId, known, { limit: 1 })
    const [message] = JSON.parse(String(page?.data)) as { id: string }[]
    if (message === undefined) throw new Error('what came in is not stored')
    return message.id
  }

  const make = async (reason: PaceReason): Promise<Spent> => {
    const { supervisor, store } = gateway()
    const { id } = await supervisor.create({ organizationId: pacedOrganization, label: `Used up: ${reason}` })
    const lease = await store.acquire(id)
    if (lease === undefined) throw new Error('a session that was just made belongs to another node')
    const message = await receive(lease.owned)
    const none = { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 0 }
    await supervisor.changeSettings(id, isSendRate(reason) ? { ...none, [reason]: 1 } : none)
    const sent = await spend(id)
    const failure = { code: '429', words: 'too often' }
    const now = Date.now()
    if (reason === 'restricted') await store.updateOwned(lease.owned, { restrictedUntil: now + 86_400_000 }, now)
    if (reason === 'whatsapp') await store.ingest(lease.owned, [{ kind: 'outcome', id: sent, at: now, failure }], now)
    return { session: id, message }
  }

  return async (reason: string): Promise<Spent | undefined> => {
    const rate = paceReasons.find((one) => one === reason)
    if (rate === undefined) return undefined
    const before = made.get(rate)
    if (before !== undefined && Date.now() - before.at < freshMs) return before.spent
    const spent = await make(rate)
    made.set(rate, { spent, at: Date.now() })
    return spent
  }
}
