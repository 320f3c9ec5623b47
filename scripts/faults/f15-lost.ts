import type { Companion } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { reconnected } from './harness/connection.ts'
import { wait } from './harness/until.ts'
import type { World } from './harness/world.ts'

const losses: { name: string; lose: (companion: Companion) => void }[] = [
  { name: '503', lose: (it) => it.streamError({ code: '503' }) },
  { name: 'end of stream', lose: (it) => it.endStream() },
  { name: 'WebSocket closed', lose: (it) => it.closeSocket() },
  { name: 'TCP reset', lose: (it) => it.drop() },
]

/** The time of two unanswered pings. */
const detectionMs = 90_000

export const lost: Fault = {
  id: 'F15',
  name: 'lost connection',
  injection:
    '503, end of stream, WebSocket close, TCP reset; refused and unanswered upgrades for a while; a dead path on which nothing is answered',
  promise: 'connected again after a back-off with full jitter; a dead path is found in under 90 s',
  async run({ quick, random, open, say, figure, check }) {
    const world = await open()
    for (const { name, lose } of quick ? random.shuffle(losses).slice(0, 2) : losses) {
      const again = reconnected(world, 15_000)
      lose(world.companion)
      const ms = await again
      check(ms !== undefined, `${name}: connected again`)
      figure(`${name}: again after`, `${Math.round(ms ?? Number.NaN)} ms`)
      await world.status('working')
      // A start by a person resets the backoff, as a stable connection does.
      await world.call('POST', `/sessions/${world.sessionId}:start`)
    }
    await refusing(world, quick ? 2 : 6, check, figure)
    if (quick) return
    say('a dead path')
    const gone = performance.now()
    const again = reconnected(world, detectionMs + 20_000)
    world.companion.silence()
    const noticed = await wait(
      async () => ((await world.session()).status === 'working' ? undefined : performance.now() - gone),
      detectionMs + 10_000,
    )
    check(
      noticed !== undefined && noticed < detectionMs,
      `a dead path is found: after ${noticed && Math.round(noticed)} ms`,
    )
    check((await again) !== undefined, 'and another one is taken')
    figure('dead path found after', `${((noticed ?? Number.NaN) / 1_000).toFixed(0)} s`)
    await world.status('working')
  },
}

/** How many connections WhatsApp refuses. */
const refusing = async (
  world: World,
  times: number,
  check: (holds: boolean, words: string) => void,
  figure: (name: string, value: string) => void,
) => {
  const { stats, faults } = world.loopback
  const before = stats.accepted
  const end = faults.refuseUpgrades('close', times)
  const again = reconnected(world, 90_000)
  world.companion.drop()
  const ms = await again
  end()
  const attempts = stats.accepted - before
  check(ms !== undefined, `${times} refusals: connected again`)
  check(attempts === times + 1, `${times} refusals: one attempt for each back-off: ${attempts}`)
  figure(`${times} refusals in a row: again after`, `${((ms ?? Number.NaN) / 1_000).toFixed(1)} s`)
  await world.status('working')
}
