import type { Companion } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { atReceipt } from './harness/at-receipt.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'

/** How a connection can end under a replay: the ways that WhatsApp and networks have. */
const endings: ((companion: Companion) => void)[] = [
  (companion) => companion.drop(),
  (companion) => companion.streamError({ code: '503' }),
  (companion) => companion.endStream(),
  (companion) => companion.closeSocket(),
]

export const dropInReplay: Fault = {
  id: 'F03',
  name: 'connection lost in the middle of an offline replay',
  injection:
    'the connection ends (TCP reset, 503, end of stream, WebSocket close in turn) when WhatsApp has read the n-th receipt of a replay; then the next replay begins',
  promise: 'what was receipted is stored, what was not comes again',
  async run({ quick, random, open, say, figure, control, check }) {
    const drops = quick ? 8 : 100
    const waiting = quick ? 400 : 6_000
    const world = await open({ control: true })
    await disconnect(world)
    for (let n = 0; n < waiting; n += 1) await world.traffic.any(random)
    say(`${waiting} messages wait`)
    // Each drop comes a little later in its replay than the previous one.
    const points = Array.from({ length: drops }, (_, index) => 1 + ((index * 7) % Math.ceil((0.5 * waiting) / drops)))
    const startAndRefill = async () => {
      // A receipt that was on its way when the connection ended counts, too: it is unknown how long WhatsApp keeps a queue.
      while (world.companion.queue.size < 100) await world.traffic.any(random)
      await world.call('POST', `/sessions/${world.sessionId}:start`)
    }
    const [dropped, controlDropped] = await Promise.all([
      replaying(world, world.companion, points, startAndRefill),
      world.control.start().then(() => replaying(world, world.control.companion, points)),
    ])
    await world.drained()
    check(dropped === drops, `each drop meets a replay: ${dropped} of ${drops}`)
    figure('drops', dropped)
    figure('messages', world.traffic.sent.size)
    const lost = await world.control.lost(world.traffic)
    control('drops', controlDropped)
    control('lost', lost.length)
  },
}

const disconnect = async (world: World) => {
  await world.control.kill()
  await world.call('POST', `/sessions/${world.sessionId}:stop`)
  await world.status('stopped')
}

/** Ends the connection at each point; `again` starts the next one without waiting for the backoff. */
const replaying = async (
  { loopback }: World,
  companion: Companion,
  points: number[],
  again: () => Promise<unknown> = async () => undefined,
): Promise<number> => {
  let drops = 0
  for (const [index, point] of points.entries()) {
    await again()
    if (companion.queue.size === 0) break
    let hasEnded = false
    const stop = loopback.on('offline', (event) => {
      if (event.companion === companion.jid) hasEnded = true
    })
    await atReceipt(loopback, companion, point, () => endings[index % endings.length]?.(companion))
    // By the event: a client that is back at once may never be seen offline.
    await until('WhatsApp to notice', () => hasEnded || undefined)
    stop()
    drops += 1
  }
  await again()
  return drops
}
