import type { Fault } from './fault.ts'
import { wait } from './harness/until.ts'

export const stall: Fault = {
  id: 'F43',
  name: 'the event loop stands still',
  injection: 'the gateway computes for 5 s and does nothing else, several times, at random moments between two pings',
  promise: 'it is logged, connections are not taken for dead, everything goes on',
  async run({ quick, random, open, figure, check }) {
    const world = await open({ shim: true })
    const { logins } = world.loopback.stats
    const rounds = quick ? 1 : 4
    const ms = quick ? 2_000 : 5_000
    for (let round = 0; round < rounds; round += 1) {
      await world.gateway.order({ do: 'stall', ms })
      for (let n = 0; n < 10; n += 1) await world.traffic.any(random)
      await world.drained()
    }
    const logged = () => world.gateway.output().split('the event loop was blocked').length - 1
    await wait(() => logged() >= rounds || undefined, 3_000)
    check(logged() >= rounds, `it is logged: ${logged()} times`)
    const again = world.loopback.stats.logins - logins
    check(again === 0, `no connection is taken for dead: ${again}`)
    figure('stalls', `${rounds} of ${ms / 1_000} s`)
    figure('reconnections', again)
  },
}
