import type { Companion } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { atReceipt } from './harness/at-receipt.ts'
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
  async run({ quick, random, open, say, figure, control }) {
    const drops = quick ? 8 : 100
    const waiting = quick ? 400 : 6_000
    const world = await open({ control: true })
    await disconnect(world)
    for (let n = 0; n < waiting; n += 1) await world.traffic.any(random)
    say(`${waiting} messages wait`)
    // Each drop a little later in its replay than the one before, and on average all of the queue is worked off.
    const points = Array.from({ length: drops }, (_, index) => 1 + ((index * 7) % Math.ceil((1.6 * waiting) / drops)))
    await Promise.all([
      replaying(world, world.companion, points, () => world.call('POST', `/sessions/${world.sessionId}:start`)),
      world.control.start().then(() => replaying(world, world.control.companion, points)),
    ])
    await world.drained()
    figure('drops', drops)
    figure('messages', waiting)
    const lost = await world.control.lost(world.traffic)
    control('drops', drops)
    control('lost', lost.length)
  },
}

const disconnect = async (world: World) => {
  await world.control.kill()
  await world.call('POST', `/sessions/${world.sessionId}:stop`)
  await world.status('stopped')
}

/** Ends the connection at each point; `again` asks for the next one at once, where the back-off would take its time. */
const replaying = async (
  { loopback }: World,
  companion: Companion,
  points: number[],
  again: () => Promise<unknown> = async () => undefined,
) => {
  for (const [index, point] of points.entries()) {
    await again()
    const offline = loopback.next('offline', (event) => event.companion === companion.jid, 30_000)
    await atReceipt(loopback, companion, point, () => endings[index % endings.length]?.(companion))
    await offline
  }
  await again()
}
