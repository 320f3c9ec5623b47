import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { enlist } from './harness/fleet.ts'
import { stanza } from './harness/stanza.ts'
import { until } from './harness/until.ts'

const heapMegabytes = 256
const maxGrowth = 15e6

/** Covers F46 as well: the heap is limited all the while. */
export const soak: Fault = {
  id: 'F47',
  name: 'a soak of minutes with a small heap',
  injection: `100 sessions in a heap of ${heapMegabytes} MB: messages, typing, reads and lost connections for 4 minutes (F46 and F47)`,
  promise: 'no end for want of memory; in the second half neither memory nor descriptors grow',
  async run({ quick, random, open, say, figure, check }) {
    const count = quick ? 8 : 100
    const seconds = quick ? 4 : 240
    const world = await open({ bare: true, nodeArgs: [`--max-old-space-size=${heapMegabytes}`] })
    await (await world.start({ offline: true })).kill('SIGTERM')
    const members = await enlist(world, count)
    const gateway = await world.start({ offline: true })
    await until('all to be connected', () => world.loopback.stats.online === count || undefined, 120_000)
    const contact = world.loopback.account({ pn: '628777000001', name: 'Talker' })

    const samples: { rss: number; descriptors: number }[] = []
    const began = performance.now()
    let messages = 0
    let calls = 0
    let failures = 0
    const ask = async (method: string, path: string, body?: unknown) => {
      calls += 1
      const { status } = await world.call(method, path, body)
      if (status >= 500 && status !== 501) failures += 1
    }
    let second = 0
    while (second < seconds) {
      for (let n = 0; n < 40; n += 1) {
        random.pick(members).companion.deliver(stanza({ from: contact.pn, attrs: { sender_lid: contact.lid } }))
        messages += 1
      }
      const asked = Array.from({ length: 20 }, () => {
        const { sessionId } = random.pick(members)
        const chat = `/sessions/${sessionId}/chats/${contact.pn}`
        return random.next() < 0.5
          ? ask('PUT', `${chat}/presence`, { state: 'composing' })
          : ask('GET', `${chat}/messages?limit=20`)
      })
      await Promise.all(asked)
      if (second % 2 === 0) random.pick(members).companion.drop()
      second += 1
      await pause(Math.max(0, began + second * 1_000 - performance.now()))
      samples.push({ rss: gateway.rss(), descriptors: gateway.descriptors() })
      if (second % 60 === 0) say(`${second} s: ${(gateway.rss() / 1e6).toFixed(0)} MB`)
    }
    const half = samples.slice(samples.length >> 1)
    const first = median(half.slice(0, half.length >> 1).map(({ rss }) => rss))
    const last = median(half.slice(half.length >> 1).map(({ rss }) => rss))
    const growth = last - first
    const minutes = seconds / 4 / 60
    const most = (list: typeof samples) => Math.max(...list.map((sample) => sample.descriptors))
    const more = most(half.slice(half.length >> 1)) - most(half.slice(0, half.length >> 1))
    check(failures === 0, `no call fails: ${failures} of ${calls}`)
    check(quick || growth < maxGrowth, `memory stays: ${(growth / 1e6).toFixed(1)} MB more in the last quarter`)
    check(Math.abs(more) <= 4, `descriptors stay: ${more} more in the last quarter`)
    const { resident } = { resident: Math.max(...samples.map(({ rss }) => rss)) }
    figure('sessions', count)
    figure('messages', messages)
    figure('calls', calls)
    figure('memory at most', `${(resident / 1e6).toFixed(0)} MB`)
    figure('memory slope', `${(growth / 1e6 / minutes).toFixed(1)} MB a minute`)
    figure('descriptor slope', more)
  },
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
