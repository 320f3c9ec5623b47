import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { until, wait } from './harness/until.ts'
import type { World } from './harness/world.ts'

const maxGrowth = 50e6
const hangMs = 15_000
const reportedMs = 10_000

export const slowFsync: Fault = {
  id: 'F09',
  name: 'slow disk',
  injection:
    'the driver makes each commit take 200 ms, then 2 s longer, while 50 messages a second arrive; then no longer',
  promise: 'receipts come as late as commits, memory grows by less than 50 MB, everything is stored in the end',
  async run({ quick, random, open, figure, check, inTime }) {
    const world = await open({ shim: true })
    const { traffic, gateway, companion, loopback } = world
    await traffic.flow(random, 50, pause(1_000))
    await world.drained()
    for (const { ms, seconds } of quick
      ? [{ ms: 200, seconds: 3 }]
      : [
          { ms: 200, seconds: 15 },
          { ms: 2_000, seconds: 20 },
        ]) {
      const before = gateway.rss()
      const receipts = loopback.stats.receipts
      await gateway.order({ do: 'slow', which: 'commits', ms })
      const stopProbe = probe(world)
      const messages = await traffic.flow(random, 50, pause(seconds * 1_000))
      const refused = stopProbe()
      const receipted = loopback.stats.receipts - receipts
      const growth = gateway.rss() - before
      check(
        receipted <= (seconds * 1_000) / ms + 2,
        `${ms} ms: no receipt before its commit: ${receipted} in ${seconds} s`,
      )
      check(refused.length === 0, `${ms} ms: ready throughout: ${refused[0]}`)
      check(growth < maxGrowth, `${ms} ms: memory stays: ${(growth / 1e6).toFixed(0)} MB more`)
      await gateway.order({ do: 'heal' })
      await world.drained(120_000)
      figure(`${ms} ms: messages`, messages)
      figure('receipted meanwhile', receipted)
      figure('memory', `${(growth / 1e6).toFixed(0)} MB more`)
    }
    check(companion.isOnline, 'the connection holds')

    await gateway.order({ do: 'slow', which: 'commits', ms: hangMs })
    const began = performance.now()
    const isNotReady = async () => (await world.page('/readyz')).status === 503 || undefined
    const said = await wait(isNotReady, hangMs)
    const after = performance.now() - began
    check(said === true && inTime(after, reportedMs), `a commit that hangs: not ready after ${Math.round(after)} ms`)
    figure('a commit that hangs: not ready after', `${(after / 1_000).toFixed(1)} s`)
    await gateway.order({ do: 'heal' })
    await until('it to be ready again', async () => ((await isNotReady()) ? undefined : true), hangMs + 5_000)
  },
}

/** Asks each second. @returns a function that stops it, and returns the refusals */
const probe = (world: World): (() => string[]) => {
  const refused: string[] = []
  const ask = async () => {
    const { status, text } = await world.page('/readyz')
    if (status !== 200) refused.push(text)
  }
  const timer = setInterval(() => void ask(), 1_000)
  return () => {
    clearInterval(timer)
    return refused
  }
}
