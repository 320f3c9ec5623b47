import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import type { World } from './harness/world.ts'

const perSecond = 50

export const killLive: Fault = {
  id: 'F01',
  name: 'kill -9 during live traffic',
  injection: `SIGKILL at a random moment of the first 0.8 s after each login, while ${perSecond} messages a second arrive`,
  promise: 'what WhatsApp was told we have is stored, once',
  async run({ quick, random, open, say, figure, control }) {
    const kills = quick ? 3 : 200
    const controlKills = quick ? 3 : 60
    const world = await open({ control: true })
    const done = Promise.withResolvers<void>()
    const flow = world.traffic.flow(random, perSecond, done.promise)
    // Two generators, because the loops run concurrently and must not take each other's numbers.
    const moments = Array.from({ length: kills }, () => random.int(0, 800))
    const controlMoments = Array.from({ length: controlKills }, () => random.int(0, 800))
    await Promise.all([
      killing(world, moments, (count) => say(`${count} of ${kills} kills, ${world.traffic.sent.size} messages`)),
      killingControl(world, controlMoments),
    ])
    done.resolve()
    const messages = await flow
    await world.drained()
    figure('kills', kills)
    figure('messages', messages)
    const lost = await world.control.lost(world.traffic)
    control('kills', controlKills)
    control('lost', lost.length)
  },
}

const killing = async (world: World, moments: number[], onKill: (count: number) => void) => {
  for (const [index, ms] of moments.entries()) {
    await pause(ms)
    await world.kill()
    await world.start({ offline: true })
    await world.online()
    if (index % 10 === 9) onKill(index + 1)
  }
}

const killingControl = async ({ control }: World, moments: number[]) => {
  for (const ms of moments) {
    await pause(ms)
    await control.kill()
    await control.start()
  }
}
