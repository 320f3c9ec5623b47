import type { Fault } from './fault.ts'

export const signals: Fault = {
  id: 'F40',
  name: 'other signals',
  injection: 'SIGINT; SIGHUP; SIGTERM twice; stdin closed from the start',
  promise: 'the first three end with 0, a second one ends at once, nobody minds stdin',
  async run({ open, figure, check, inTime }) {
    const world = await open()
    for (const signal of ['SIGINT', 'SIGHUP'] as const) {
      const code = await world.gateway.kill(signal)
      check(code === 0, `${signal} ends with 0: ${code}`)
      await world.start()
    }
    // WhatsApp stops answering, so that a graceful end takes its full time.
    world.companion.silence()
    const began = performance.now()
    world.gateway.signal('SIGTERM')
    world.gateway.signal('SIGTERM')
    const code = await world.gateway.ended
    const ms = performance.now() - began
    check(code === 0 || code === 1, `twice ends it: ${code}`)
    check(inTime(ms, 2_000), `at once: ${Math.round(ms)} ms`)
    await world.start()
    figure('signals', 4)
    figure('second SIGTERM ended it after', `${Math.round(ms)} ms`)
  },
}
