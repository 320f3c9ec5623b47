import { setTimeout as pause } from 'node:timers/promises'
import type { Companion } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { atReceipt } from './harness/at-receipt.ts'
import type { World } from './harness/world.ts'

export const killInReplay: Fault = {
  id: 'F02',
  name: 'kill -9 during an offline replay',
  injection:
    'SIGKILL 0 to 20 ms after WhatsApp has read the n-th receipt of a replay, n at random; then the next start and replay, until all kills are done',
  promise: 'what was receipted is stored, what was decrypted and not receipted is answered from the journal',
  async run({ quick, random, open, say, figure, control, check }) {
    const kills = quick ? 4 : 200
    const controlKills = quick ? 3 : 50
    const waiting = quick ? 200 : 10_000
    const world = await open({ control: true })
    await Promise.all([world.control.kill(), world.kill()])
    for (let n = 1; n <= waiting; n += 1) {
      await world.traffic.any(random)
      if (n % 2_500 === 0) say(`${n} messages wait`)
    }
    const plan = (count: number) =>
      Array.from({ length: count }, () => ({
        nth: random.int(1, Math.floor((1.2 * waiting) / count)),
        ms: random.int(0, 20),
      }))
    const [own, others] = [plan(kills), plan(controlKills)]
    let done = 0
    const [killed, controlKilled] = await Promise.all([
      killing(world, world.companion, own, {
        start: async () => {
          await world.start({ offline: true })
          await world.online()
        },
        kill: async () => {
          await world.kill()
          // A receipt that was on its way at the kill counts, too: it is unknown how long WhatsApp keeps a queue.
          while (world.companion.queue.size < 100) await world.traffic.any(random)
          done += 1
          if (done % 20 === 0) say(`${done} of ${kills} kills, ${world.companion.queue.size} messages wait`)
        },
      }),
      killing(world, world.control.companion, others, world.control),
    ])
    await world.drained(120_000)
    check(killed === kills, `each kill meets a replay: ${killed} of ${kills}`)
    figure('kills', killed)
    figure('messages', world.traffic.sent.size)
    const lost = await world.control.lost(world.traffic)
    control('kills', controlKilled)
    control('lost', lost.length)
  },
}

const killing = async (
  { loopback }: World,
  companion: Companion,
  kills: { nth: number; ms: number }[],
  consumer: { start(): Promise<unknown>; kill(): Promise<unknown> },
): Promise<number> => {
  let met = 0
  for (const { nth, ms } of kills) {
    if (companion.queue.size === 0) break
    // Listened for before the start: the replay begins with it.
    const receipted = atReceipt(loopback, companion, nth, () => {})
    await consumer.start()
    await receipted
    await pause(ms)
    await consumer.kill()
    met += 1
  }
  await consumer.start()
  return met
}
