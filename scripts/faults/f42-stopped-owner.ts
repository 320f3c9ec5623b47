import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'

export const stoppedOwner: Fault = {
  id: 'F42',
  name: 'a process that stands still and goes on',
  injection: 'SIGSTOP for 3 to 20 s while messages arrive and another gateway waits for the same data, then SIGCONT',
  promise: 'nobody takes over what is not free; the process that goes on is still the only one, and nothing is lost',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const owner = world.gateway
    const { logins } = world.loopback.stats
    let tookOver = false
    const next = world.start({ offline: true }).then(
      () => {
        tookOver = true
      },
      () => {},
    )
    const seconds = quick ? 2 : random.int(10, 20)
    owner.signal('SIGSTOP')
    await world.traffic.flow(random, 20, pause(seconds * 1_000))
    check(!tookOver, 'the other one waits')
    owner.signal('SIGCONT')
    await world.drained()
    check(!tookOver && owner.isAlive, 'the first one goes on')
    check(world.loopback.stats.logins <= logins + 1, `no fight: ${world.loopback.stats.logins - logins} new logins`)
    await owner.kill('SIGTERM')
    await next
    check(tookOver, 'then the other one takes over')
    await world.status('working')
    figure('stood still for', `${seconds} s`)
    figure('takeovers meanwhile', 0)
  },
}
