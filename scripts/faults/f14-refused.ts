import { setTimeout as pause } from 'node:timers/promises'
import { type Companion, node } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { reconnected, settled, tryPresence } from './harness/connection.ts'
import { readStored } from './harness/stored.ts'

/** WhatsApp's refusal, and the session's status after it. */
const refusals: { name: string; say: (companion: Companion) => void; status: string }[] = [
  { name: '401, device removed', say: (it) => it.unlink(), status: 'logged_out' },
  { name: '401', say: (it) => it.fail(401), status: 'logged_out' },
  { name: '403', say: (it) => it.fail(403), status: 'logged_out' },
  { name: '406', say: (it) => it.fail(406), status: 'logged_out' },
  { name: '419', say: (it) => it.fail(419), status: 'logged_out' },
  { name: '402, banned for an hour', say: (it) => it.fail(402, { code: '101', expire: '3600' }), status: 'failed' },
  { name: '405, outdated', say: (it) => it.fail(405), status: 'failed' },
  { name: '409', say: (it) => it.fail(409), status: 'failed' },
  { name: '411', say: (it) => it.fail(411), status: 'failed' },
]

export const refused: Fault = {
  id: 'F14',
  name: 'logged out, banned, outdated',
  injection:
    'WhatsApp ends the connection with 401, 403, 406, 419, 402, 405, 409, 411, and with 500, which means nothing',
  promise:
    'the session stops and says why, tries nothing more, live calls answer 501, what is stored is still read; 500 is a lost connection',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const { stats } = world.loopback
    await world.traffic.any(random)
    await world.caughtUp()
    const stored = async () => (await readStored(world.call, world.sessionId)).messages.length
    for (const { name, say, status } of quick ? random.shuffle(refusals).slice(0, 3) : refusals) {
      const messages = await stored()
      const logins = stats.logins
      say(world.companion)
      const session = await settled(world, ['working', 'starting'])
      check(session.status === status, `${name}: ${status}, because ${session.statusReason} (is ${session.status})`)
      check((session.statusReason ?? '') !== '', `${name}: it says why`)
      check((await tryPresence(world)) === 501, `${name}: live calls answer 501`)
      check((await stored()) >= messages, `${name}: what is stored is read`)
      await pause(quick ? 300 : 2_000)
      check(stats.logins === logins, `${name}: nothing more is tried`)
      if (status === 'logged_out') {
        await world.pairAgain()
      } else {
        await world.call('POST', `/sessions/${world.sessionId}:start`)
        await world.status('working')
      }
    }
    const again = reconnected(world, 15_000)
    world.companion.streamError({ code: '500' }, node('bad-session'))
    const ms = await again
    check(ms !== undefined, '500: it connects again')
    check(stats.pairings === 1 + world.pairedAgain, '500: with the credentials that it has')
    figure('refusals', quick ? 3 : refusals.length)
    figure('500: connected again after', `${Math.round(ms ?? Number.NaN)} ms`)
    await world.status('working')
  },
}
