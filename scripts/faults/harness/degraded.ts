/** Checks while the store cannot be written, and measures the recovery. */
import type { FaultRun } from '../fault.ts'
import { few } from './invariants.ts'
import { readChat } from './stored.ts'
import { until, wait } from './until.ts'
import type { World } from './world.ts'

/** The longest time from the end of the cause until the gateway writes again. */
const recoveryMs = 5_000
/** A call that writes must be refused within this time. */
const refusalMs = 11_000

export interface Degradation {
  /** Starts it. */
  begin: () => Promise<unknown>
  /** Ends it. */
  end: () => Promise<unknown>
  /** How long it lasts at least. */
  ms: number
  /** What the reason in `/readyz` must contain. */
  reason: RegExp
}

/**
 * Sends messages while the store cannot be written, calls every operation, and checks which receipts WhatsApp got.
 * @returns milliseconds from the end of it until writes succeeded, and until all messages were stored
 */
export const degrade = async (
  world: World,
  { check, inTime, random }: Pick<FaultRun, 'check' | 'inTime' | 'random'>,
  { begin, end, ms, reason }: Degradation,
): Promise<{ writableMs: number; storedMs: number }> => {
  const { call, sessionId, traffic, companion } = world
  const sent = () => [...traffic.sent.values()]
  const [chat] = traffic.contacts
  for (let n = 0; n < 10; n += 1) await traffic.direct(chat)
  // An acknowledged message may be in the journal only, so reads are compared with what was listed before.
  await world.caughtUp()
  const before = sent().length

  const began = performance.now()
  await begin()
  const notReady = await wait(async () => {
    const page = await world.page('/readyz')
    return page.status === 503 && reason.test(page.text) ? page : undefined
  }, 12_000)
  check(notReady !== undefined, `/readyz says 503 and why: ${(await world.page('/readyz')).text}`)
  const { text: metrics } = await world.page('/metrics')
  check(metrics.includes('parley_store_writable 0'), 'metrics say so')
  for (let n = 0; n < 20; n += 1) await traffic.any(random)

  const write = await call('POST', `/sessions/${sessionId}/chats/${chat.pn}/read`)
  check(write.status === 503, `what needs writing is refused with 503: ${write.status} ${write.text}`)
  check(write.headers['retry-after'] !== undefined, 'with Retry-After')
  check(inTime(write.ms, refusalMs), `in under ${refusalMs / 1000} s: ${Math.round(write.ms)} ms`)
  const reads = await Promise.all(
    Array.from({ length: 20 }, () => call('GET', `/sessions/${sessionId}/chats/${chat.pn}/messages`)),
  )
  check(
    reads.every(({ status }) => status === 200),
    `reads go on: ${few(reads.filter(({ status }) => status !== 200).map(({ status }) => String(status)))}`,
  )
  const slowest = Math.max(...reads.map(({ ms: took }) => took))
  check(inTime(slowest, 2_000), `no slower than ever: ${Math.round(slowest)} ms`)

  await until('the end of it', () => performance.now() - began > ms || undefined, ms + 1_000)
  const receipted = sent()
    .slice(before)
    .filter(({ id }) => world.loopback.ledger.of(companion.jid, id).some(({ type }) => type !== 'retry'))
  check(receipted.length === 0, `nothing is receipted: ${few(receipted.map(({ id }) => id))}`)

  const ended = performance.now()
  await end()
  const writable = await wait(
    async () =>
      (await call('POST', `/sessions/${sessionId}/chats/${chat.pn}/read`)).status === 200 ? true : undefined,
    30_000,
  )
  const writableMs = performance.now() - ended
  check(
    writable === true && inTime(writableMs, recoveryMs),
    `it recovers by itself: after ${Math.round(writableMs)} ms`,
  )
  const ready = await wait(async () => ((await world.page('/readyz')).status === 200 ? true : undefined), 5_000)
  check(ready === true, '/readyz says ready again')
  await world.status('working', 30_000)
  await world.drained()
  await until('all to be stored', async () => {
    const ids = new Set((await readChat(call, sessionId, chat.pn)).map(({ waMessageId }) => waMessageId))
    return sent().every(({ id, chat: at }) => at !== chat.pn || ids.has(id)) || undefined
  })
  const storedMs = performance.now() - ended
  check(inTime(storedMs, recoveryMs), `what waited at WhatsApp is stored: after ${Math.round(storedMs)} ms`)
  return { writableMs, storedMs }
}
