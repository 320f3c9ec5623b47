import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'

const maxGrowth = 50e6

export const slowFsync: Fault = {
  id: 'F09',
  name: 'slow disk',
  injection:
    'the driver makes each commit take 200 ms, then 2 s longer, while 50 messages a second arrive; then no longer',
  promise: 'receipts come as late as commits, memory grows by less than 50 MB, everything is stored in the end',
  async run({ quick, random, open, figure, check }) {
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
      const messages = await traffic.flow(random, 50, pause(seconds * 1_000))
      const receipted = loopback.stats.receipts - receipts
      const growth = gateway.rss() - before
      check(
        receipted <= (seconds * 1_000) / ms + 2,
        `${ms} ms: no receipt before its commit: ${receipted} in ${seconds} s`,
      )
      check(growth < maxGrowth, `${ms} ms: memory stays: ${(growth / 1e6).toFixed(0)} MB more`)
      await gateway.order({ do: 'heal' })
      await world.drained(120_000)
      figure(`${ms} ms: messages`, messages)
      figure('receipted meanwhile', receipted)
      figure('memory', `${(growth / 1e6).toFixed(0)} MB more`)
    }
    check(companion.isOnline, 'the connection holds')
  },
}
