import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'

const stopMs = 10_000

export const stoppedUnderLoad: Fault = {
  id: 'F39',
  name: 'SIGTERM under load',
  injection: 'SIGTERM while messages arrive, pages are read and typing is shown; then the next start',
  promise:
    'requests that were begun are answered, the process ends with 0 in under 10 s, nothing is lost or must be decrypted again',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const { traffic, call, sessionId, loopback } = world
    const [chat] = traffic.contacts
    for (let n = 0; n < 50; n += 1) await traffic.direct(chat, { plain: true })
    await world.caughtUp()
    const rounds = quick ? 1 : 10
    let answered = 0
    let slowest = 0
    for (let round = 0; round < rounds; round += 1) {
      const flow = traffic.flow(random, 50, pause(600))
      await pause(random.int(100, 500))
      const arrived = loopback.stats.chatstates
      const begun = [
        ...Array.from({ length: 20 }, () => call('GET', `/sessions/${sessionId}/chats/${chat.pn}/messages?limit=200`)),
        ...Array.from({ length: 10 }, () =>
          call('PUT', `/sessions/${sessionId}/chats/${chat.pn}/presence`, { state: 'composing' }),
        ),
      ]
      // Until they are under way: one that reaches a process that has said it stops may be turned away.
      await pause(20)
      const asked = performance.now()
      const code = await world.gateway.kill('SIGTERM')
      const took = performance.now() - asked
      slowest = Math.max(slowest, took)
      const answers = await Promise.allSettled(begun)
      const failed = answers.filter(
        (answer) => answer.status === 'rejected' || (answer.value.status >= 500 && answer.value.status !== 501),
      )
      answered += answers.length
      check(failed.length === 0, `all that was begun is answered: ${failed.length} of ${answers.length} not`)
      check(code === 0, `it ends with 0: ${code}`)
      check(took < stopMs, `in under 10 s: ${Math.round(took)} ms`)
      check(loopback.stats.chatstates >= arrived, 'typing was shown')
      await flow
      await world.start()
      await world.drained()
    }
    figure('stops', rounds)
    figure('requests under way', answered)
    figure('slowest stop', `${Math.round(slowest)} ms`)
  },
}
