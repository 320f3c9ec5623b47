import type { Fault } from './fault.ts'
import { reconnected } from './harness/connection.ts'

const promisedMs = 2_000

export const restartRequired: Fault = {
  id: 'F12',
  name: 'restart required (515)',
  injection: 'WhatsApp ends the connection with 515 after pairing, and later, several times in a row',
  promise: 'connected again in under 2 s each, up to three in a row',
  async run({ open, figure, check, inTime }) {
    const world = await open()
    const times: number[] = []
    for (let n = 0; n < 3; n += 1) {
      const again = reconnected(world, 10_000)
      world.companion.streamError({ code: '515' })
      const ms = await again
      check(inTime(ms, promisedMs), `connected again in under 2 s: ${ms && Math.round(ms)} ms`)
      times.push(ms ?? Number.NaN)
      await world.status('working')
    }
    figure('again after', `${times.map((ms) => Math.round(ms)).join(', ')} ms`)
  },
}
