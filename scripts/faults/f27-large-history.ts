import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { startReader } from './harness/reading.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'
import { journaled } from './strange/send.ts'

const maxRatio = 1.5
/** Below this, a delay does not matter, whatever the ratio. */
const unnoticedMs = 30
const maxGrowth = 200e6
const perSecond = 100

export const largeHistory: Fault = {
  id: 'F27',
  name: 'a history of 100,000 messages while reads go on',
  injection: `100 chats of 1,000 messages in 50 parts, as a phone sends them, while a client reads a page ${perSecond} times a second`,
  promise: `the 99th percentile of reads at most ${maxRatio} × idle or under ${unnoticedMs} ms, memory at most 200 MB more, everything stored`,
  async run({ quick, open, say, figure, check }) {
    const world = await open()
    const { loopback, owner, companion, traffic, gateway, sessionId } = world
    const [chats, each] = quick ? [10, 300] : [100, 1_000]
    const [reading] = traffic.contacts
    for (let n = 0; n < 60; n += 1) await traffic.direct(reading, { plain: true })
    await world.caughtUp()
    const path = `/sessions/${sessionId}/chats/${reading.pn}/messages?limit=50`
    const reader = startReader(world, path, perSecond)
    await pause(2_000)
    await reader.take()
    await pause(quick ? 2_000 : 10_000)
    const idle = await reader.take()

    const before = gateway.rss()
    let peak = before
    const began = performance.now()
    const begun = Date.now() - 400 * 24 * 3_600_000
    const people = Array.from({ length: chats }, (_, index) => loopback.account({ pn: `62866600${1000 + index}` }))
    for (let part = 0; part < chats / 2; part += 1) {
      await owner.phone.sendHistory(
        {
          type: 'recent',
          chunkOrder: part + 1,
          chats: people.slice(2 * part, 2 * part + 2).map(({ pn }, which) => ({
            jid: pn,
            messages: Array.from({ length: each }, (_, n) => ({
              id: `H${2 * part + which}X${n}`,
              at: begun + (each - n) * 60_000,
              fromMe: n % 3 === 0,
              content: `canary-text of old ${n}`,
            })),
          })),
        },
        companion,
      )
      peak = Math.max(peak, gateway.rss())
      await pause(20)
    }
    say('sent')
    const stored = async () => {
      peak = Math.max(peak, gateway.rss())
      return (await journaled(world)) === 0 || undefined
    }
    await world.caughtUp(300_000)
    await until('the history to be stored', stored, 300_000)
    const seconds = (performance.now() - began) / 1_000
    const during = await reader.take()
    const ratio = during.p99 / idle.p99
    // A 99th percentile needs more than a few reads.
    check(
      quick || ratio <= maxRatio || during.p99 < unnoticedMs,
      `reads stay as fast: p99 ${during.p99.toFixed(1)} ms, idle ${idle.p99.toFixed(1)} ms`,
    )
    check(during.failures === 0, `no read fails: ${during.failures}`)
    check(peak - before < maxGrowth, `memory stays: ${((peak - before) / 1e6).toFixed(0)} MB more at most`)
    const counted = await countAll(
      world,
      people.map(({ pn }) => pn),
    )
    check(counted === chats * each, `all is stored: ${counted} of ${chats * each}`)
    figure('messages', chats * each)
    figure('stored in', `${seconds.toFixed(1)} s`)
    figure('reads p99', `${during.p99.toFixed(1)} ms, idle ${idle.p99.toFixed(1)} ms`)
    figure('memory at most', `${((peak - before) / 1e6).toFixed(0)} MB more`)
  },
}

const countAll = async ({ call, sessionId }: Pick<World, 'call' | 'sessionId'>, jids: string[]) => {
  let count = 0
  for (const jid of jids) {
    let cursor = ''
    for (;;) {
      const { body } = await call('GET', `/sessions/${sessionId}/chats/${jid}/messages?limit=200${cursor}`)
      const page = body as { data: unknown[]; nextCursor: string | null }
      count += page.data.length
      if (page.nextCursor === null) break
      cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
    }
  }
  return count
}
