import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { replace, settled, tryPresence } from './harness/connection.ts'

export const replaced: Fault = {
  id: 'F13',
  name: 'replaced by another client (440)',
  injection:
    'WhatsApp says that the same credentials connected elsewhere: once; five times, each after a person started it again',
  promise: 'the session yields and says why; it never connects by itself',
  async run({ quick, open, figure, check }) {
    const world = await open()
    const { stats } = world.loopback
    const rounds = 5
    const patienceMs = quick ? 1_000 : 12_000
    const before = stats.logins
    for (let round = 0; round < rounds; round += 1) {
      replace(world)
      const { status, statusReason } = await settled(world, ['working'])
      check(status === 'failed' && /somewhere else/.test(statusReason ?? ''), `it says so: ${status}, ${statusReason}`)
      check((await tryPresence(world)) === 501, 'live calls answer 501')
      if (round === 0) await pause(patienceMs)
      if (round === rounds - 1) break
      await world.call('POST', `/sessions/${world.sessionId}:start`)
      await world.status('working')
    }
    await pause(patienceMs)
    const logins = stats.logins - before
    check(logins === rounds - 1, `only a person brings it back: ${logins} logins for ${rounds - 1} starts`)
    figure('times replaced', rounds)
    figure('logins by itself', logins - (rounds - 1))
    await world.call('POST', `/sessions/${world.sessionId}:start`)
    await world.status('working')
  },
}
