import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { enlist, type Member } from './harness/fleet.ts'
import { heldBy } from './harness/held.ts'
import { stanza } from './harness/stanza.ts'
import { readChat } from './harness/stored.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'

const heapMegabytes = 256
/** Of the growth in the second half: memory varies as much between two measurements. */
const maxHeldGrowth = 8e6
const maxResidentGrowth = 15e6
const maxDescriptors = 4

/** Covers F46 as well: the heap is limited all the while. */
export const soak: Fault = {
  id: 'F47',
  name: 'a soak of minutes with a small heap',
  injection: `100 sessions in a heap of ${heapMegabytes} MB: the caches of the database are filled, then messages, typing, reads and lost connections for 6 minutes (F46 and F47)`,
  promise:
    'no end for want of memory; in the second half neither what is held after garbage collection nor resident memory nor descriptors grow',
  async run({ quick, random, open, say, figure, check }) {
    const count = quick ? 8 : 100
    const seconds = quick ? 4 : 360
    const nodeArgs = [`--max-old-space-size=${heapMegabytes}`, '--expose-gc']
    const world = await open({ bare: true, shim: true, nodeArgs })
    await (await world.start({ offline: true })).kill('SIGTERM')
    const members = await enlist(world, count)
    const gateway = await world.start({ offline: true })
    await until('all to be connected', () => world.loopback.stats.online === count || undefined, 120_000)
    await fillCaches(world, random.pick(members), quick ? 100 : 16_000)
    say('the caches of the database are full')

    const contact = world.loopback.account({ pn: '628777000001', name: 'Talker' })
    const samples: Sample[] = []
    const began = performance.now()
    let messages = 0
    let calls = 0
    let failures = 0
    const ask = async (method: string, path: string, body?: unknown) => {
      calls += 1
      const { status } = await world.call(method, path, body)
      if (status >= 500 && status !== 501) failures += 1
    }
    for (let second = 1; second <= seconds; second += 1) {
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
      if (second % 2 === 1) random.pick(members).companion.drop()
      await pause(Math.max(0, began + second * 1_000 - performance.now()))
      if (!quick && second % 10 !== 0) continue
      samples.push({ held: await heldBy(world), resident: gateway.rss(), descriptors: gateway.descriptors() })
      if (second % 60 === 0) say(`${second / 60} minutes: ${inWords(samples.at(-1))}`)
    }
    const [third = [], fourth = []] = lastQuarters(samples)
    const growthOf = (what: keyof Sample) => median(fourth.map(of(what))) - median(third.map(of(what)))
    const held = growthOf('held')
    const resident = growthOf('resident')
    const descriptors = Math.max(...fourth.map(of('descriptors'))) - Math.max(...third.map(of('descriptors')))
    check(failures === 0, `no call fails: ${failures} of ${calls}`)
    check(quick || held < maxHeldGrowth, `what is held stays: ${megabytes(held)} more in the last quarter`)
    check(quick || resident < maxResidentGrowth, `memory stays: ${megabytes(resident)} more in the last quarter`)
    check(Math.abs(descriptors) <= maxDescriptors, `descriptors stay: ${descriptors} more in the last quarter`)
    const minutes = seconds / 4 / 60
    figure('sessions', count)
    figure('messages', messages)
    figure('calls', calls)
    figure('memory at most', megabytes(Math.max(...samples.map(of('resident')))))
    figure('held at the end', megabytes(samples.at(-1)?.held ?? Number.NaN))
    if (quick) return
    figure('slope of what is held', `${megabytes(held / minutes)} a minute`)
    figure('memory slope', `${megabytes(resident / minutes)} a minute`)
    figure('descriptor slope', descriptors)
  },
}

interface Sample {
  /** Bytes of heap, and what hangs on it, after garbage collection. */
  held: number
  /** Bytes of the process in memory. */
  resident: number
  descriptors: number
}

/**
 * Warms up: stores and reads long messages in one session, because a database needs more memory with each page until its caches are
 * full.
 */
const fillCaches = async (world: World, { sessionId, companion }: Member, count: number) => {
  const writer = world.loopback.account({ pn: '628777000002', name: 'Writer' })
  const message = { conversation: 'canary-text and much more. '.repeat(80) }
  for (let n = 0; n < count; n += 1) {
    companion.deliver(stanza({ from: writer.pn, message, attrs: { sender_lid: writer.lid } }))
    if (n % 500 === 499) await until('messages to be taken', () => companion.queue.size < 500 || undefined, 60_000)
  }
  await until('all to be taken', () => companion.queue.size === 0 || undefined, 120_000)
  // Through both reading connections.
  await Promise.all([1, 2].map(() => readChat(world.call, sessionId, writer.pn)))
}

const of = (what: keyof Sample) => (sample: Sample) => sample[what]

const lastQuarters = (samples: Sample[]) => {
  const half = samples.slice(samples.length >> 1)
  return [half.slice(0, half.length >> 1), half.slice(half.length >> 1)]
}

const inWords = (sample: Sample | undefined) =>
  sample && `${megabytes(sample.held)} held, ${megabytes(sample.resident)} resident`

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
