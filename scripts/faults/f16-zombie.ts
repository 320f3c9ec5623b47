import type { Fault } from './fault.ts'
import { reconnected } from './harness/connection.ts'

const silentSeconds = 3

export const zombie: Fault = {
  id: 'F16',
  name: 'a connection that only looks alive',
  injection: `WhatsApp answers pings and queries and delivers nothing; WHATSAPP_SILENT_AFTER is ${silentSeconds} s instead of half an hour`,
  promise: 'a new connection when nothing was heard for that long (± 20 %), and what waited arrives',
  async run({ random, open, figure, check, inTime }) {
    const world = await open({ env: { WHATSAPP_SILENT_AFTER: String(silentSeconds) } })
    world.companion.mute()
    for (let n = 0; n < 20; n += 1) await world.traffic.any(random)
    const ms = await reconnected(world, 20_000)
    const latest = silentSeconds * 1_200 + 3_000
    check(inTime(ms, latest), `it is noticed: connected again after ${ms && Math.round(ms)} ms`)
    await world.drained()
    figure('messages that waited', 20)
    figure('connected again after', `${Math.round(ms ?? Number.NaN)} ms`)
    const { text } = await world.page('/metrics')
    check(/parley_login_attempts_total\{outcome="silent"\} [1-9]/.test(text), 'metrics say so')
  },
}
