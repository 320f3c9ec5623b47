import { setTimeout as pause } from 'node:timers/promises'
import { node } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { heldBy } from './harness/held.ts'
import { newId } from './harness/stanza.ts'
import { wait } from './harness/until.ts'

const perSecond = 1_000
const maxHeld = 50e6
/** The garbage collector waits while there is memory. */
const maxGrowth = 200e6
const maxLinesPerSecond = 10

export const unreadableStorm: Fault = {
  id: 'F26',
  name: 'a storm of messages that cannot be decrypted',
  injection: `${perSecond} broken messages a second of one contact, each with an id of its own, for 20 s; nobody sends them again`,
  promise:
    'less than 50 MB more are held after it, and 200 MB at any time, less than 10 log lines a second, everything else goes on',
  async run({ quick, random, open, say, figure, check }) {
    const seconds = quick ? 2 : 20
    const world = await open({ shim: true, nodeArgs: ['--expose-gc'], unreadable: true })
    const { traffic, gateway, companion, call, sessionId } = world
    const [chat, other] = traffic.contacts
    for (let n = 0; n < 20; n += 1) await traffic.any(random)
    await world.caughtUp()
    const heldBefore = await heldBy(world)
    const before = gateway.rss()
    const printed = gateway.output().length
    const lines = gateway.output().split('\n').length
    const ciphertext = Buffer.from(Array.from({ length: 120 }, () => random.int(0, 255)))
    const began = performance.now()
    let sent = 0
    let peak = before
    while (sent < seconds * perSecond) {
      const due = Math.min(seconds * perSecond, Math.ceil(((performance.now() - began) / 1_000) * perSecond))
      for (; sent < due; sent += 1) {
        const attrs = {
          from: chat.pn,
          sender_lid: chat.lid,
          id: newId(),
          type: 'text',
          t: String(Math.floor(Date.now() / 1000)),
        }
        companion.deliver(node('message', attrs, [node('enc', { v: '2', type: 'msg' }, ciphertext)]))
      }
      peak = Math.max(peak, gateway.rss())
      await pause(10)
    }
    say(`${sent} sent`)
    const { id } = await traffic.direct(other)
    const stored = await wait(async () => {
      peak = Math.max(peak, gateway.rss())
      const { status, text } = await call('GET', `/sessions/${sessionId}/chats/${other.pn}/messages?limit=20`)
      return status === 200 && text.includes(id) ? true : undefined
    }, 240_000)
    const took = (performance.now() - began) / 1_000
    check(stored === true, 'a message after the storm arrives')
    const held = (await heldBy(world)) - heldBefore
    check(held < maxHeld, `memory stays: ${(held / 1e6).toFixed(0)} MB more are held`)
    check(peak - before < maxGrowth, `at any time: ${((peak - before) / 1e6).toFixed(0)} MB more at most`)
    const rate = (gateway.output().split('\n').length - lines) / took
    check(rate < maxLinesPerSecond, `the log stays readable: ${rate.toFixed(1)} lines a second`)
    check(gateway.output().length - printed < 2_000_000, 'and short')
    figure('broken messages', sent)
    figure('worked off in', `${took.toFixed(0)} s`)
    figure('held after it', `${(held / 1e6).toFixed(0)} MB more`)
    figure('memory at most', `${((peak - before) / 1e6).toFixed(0)} MB more`)
    figure('log lines a second', rate.toFixed(1))
  },
}
