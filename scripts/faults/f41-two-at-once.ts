import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { wait } from './harness/until.ts'

const promisedMs = 2_000

export const twoAtOnce: Fault = {
  id: 'F41',
  name: 'a new process while the old one runs',
  injection: 'a second gateway is started on the same data, several times; then the first is stopped, or killed',
  promise:
    'never two connections with the same credentials; the new one has the session in under 2 s after the end of the old one',
  async run({ quick, random, open, figure, check, inTime }) {
    const world = await open()
    const { loopback, companion } = world
    let replaced = 0
    loopback.on('stanza', ({ direction, stanza }) => {
      if (direction === 'out' && stanza.tag === 'stream:error') replaced += 1
    })
    const gaps: number[] = []
    const rounds = quick ? 2 : 8
    for (let round = 0; round < rounds; round += 1) {
      const old = world.gateway
      const logins = loopback.stats.logins
      const next = world.start({ offline: true })
      next.catch(() => {})
      await pause(quick ? 1_500 : 3_000)
      check(loopback.stats.logins === logins, 'the new one keeps still')
      await world.traffic.any(random)
      const ended = performance.now()
      await old.kill(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL')
      await next
      const online = await wait(() => (loopback.stats.logins > logins && companion.isOnline) || undefined)
      const gap = performance.now() - ended
      gaps.push(gap)
      check(online === true, 'the new one has the session')
      await world.status('working')
    }
    const middle = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0
    check(inTime(middle, promisedMs), `in under 2 s: ${gaps.map((ms) => Math.round(ms)).join(', ')} ms`)
    check(replaced === 0, `never two connections: ${replaced} were replaced`)
    figure('handovers', rounds)
    figure('gap', `${Math.round(middle)} ms in the middle, ${Math.round(Math.max(...gaps))} ms at most`)
    figure('double connections', replaced)
  },
}
