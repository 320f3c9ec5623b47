import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { few } from './harness/invariants.ts'
import type { World } from './harness/world.ts'

const stopMs = 10_000

export const stoppedUnderLoad: Fault = {
  id: 'F39',
  name: 'SIGTERM under load',
  injection:
    'SIGTERM while messages arrive, pages are read, and requests to show typing are half sent; their other half follows; then the next start',
  promise: 'requests that were begun are carried out, the process ends with 0 in under 10 s, nothing is lost',
  async run({ quick, random, open, figure, check, inTime }) {
    const world = await open()
    const { traffic, call, sessionId } = world
    const [chat] = traffic.contacts
    for (let n = 0; n < 50; n += 1) await traffic.direct(chat, { plain: true })
    await world.caughtUp()
    const rounds = quick ? 1 : 10
    const times: number[] = []
    let begun = 0
    for (let round = 0; round < rounds; round += 1) {
      const flow = traffic.flow(random, 50, pause(800))
      await pause(random.int(100, 400))
      const reading = Promise.allSettled(
        Array.from({ length: 10 }, () => call('GET', `/sessions/${sessionId}/chats/${chat.pn}/messages?limit=200`)),
      )
      const halves = await Promise.all(Array.from({ length: 20 }, () => halfSent(world, chat.pn)))
      begun += halves.length
      // The first half is read by then, even on a busy machine.
      await pause(400)
      const asked = performance.now()
      world.gateway.signal('SIGTERM')
      await pause(100)
      const answers = await Promise.all(halves.map((finish) => finish()))
      const code = await world.gateway.ended
      times.push(performance.now() - asked)
      const failed = answers.filter((answer) => !answer.startsWith('HTTP/1.1 204'))
      check(
        failed.length === 0,
        `all that was begun is carried out: ${few(failed.map((answer) => answer.slice(0, 40)))}`,
      )
      check(code === 0, `it ends with 0: ${code}`)
      await Promise.all([flow, reading])
      await world.start()
      await world.drained()
    }
    const slowest = Math.max(...times)
    check(inTime(slowest, stopMs), `in under 10 s: ${Math.round(slowest)} ms`)
    figure('stops', rounds)
    figure('requests under way', begun)
    figure('slowest stop', `${Math.round(slowest)} ms`)
  },
}

/** @returns a function that sends the rest, and resolves with the answer: empty when there is none */
const halfSent = async ({ gateway, sessionId, token }: World, cid: string): Promise<() => Promise<string>> => {
  const { hostname, port, pathname } = new URL(gateway.url)
  const body = '{"state":"composing"}'
  const socket = connect({ host: hostname, port: Number(port) })
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  socket.write(
    `PUT ${pathname}/sessions/${sessionId}/chats/${cid}/presence HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
  )
  return async () => {
    socket.write(body.slice(9))
    await closed
    return answer
  }
}
