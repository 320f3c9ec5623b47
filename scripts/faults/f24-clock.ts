import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { tryPresence } from './harness/connection.ts'

const hour = 3_600_000
const year = 365 * 24 * hour

export const clock: Fault = {
  id: 'F24',
  name: 'the clock jumps',
  injection:
    'the wall clock of the process jumps by an hour and by ten years, forwards and back, while messages arrive',
  promise: 'connections hold, live calls and keys work, messages keep the time that WhatsApp gave them',
  async run({ quick, random, open, figure, check }) {
    const world = await open({ shim: true })
    const { stats } = world.loopback
    const logins = stats.logins
    const jumps = [hour, -hour, 10 * year, -10 * year, 0]
    for (const offsetMs of jumps) {
      await world.gateway.order({ do: 'clock', offsetMs })
      for (let n = 0; n < 5; n += 1) await world.traffic.any(random)
      await world.drained()
      const live = await tryPresence(world)
      check(live === 204, `by ${offsetMs / hour} h: a live call answers 204: ${live}`)
      check((await world.call('GET', '/sessions')).status === 200, `by ${offsetMs / hour} h: the key is taken`)
      check((await world.page('/readyz')).status === 200, `by ${offsetMs / hour} h: ready`)
      await pause(quick ? 100 : 3_000)
    }
    check(stats.logins === logins, `no new connection: ${stats.logins - logins}`)
    figure('jumps', jumps.length)
    figure('reconnections', stats.logins - logins)
  },
}
