/** A gateway with many sessions under load: how late receipts and answers come, whether it stays ready, what memory it keeps. */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { enlist } from '../faults/harness/fleet.ts'
import { startReader } from '../faults/harness/reading.ts'
import { until } from '../faults/harness/until.ts'
import { openWorld, type World } from '../faults/harness/world.ts'
import { createMessages, type Messages } from './busy/messages.ts'
import { type Probe, startProbe } from './busy/probe.ts'
import { percentile } from './statistics.ts'

const usage = `node scripts/bench/busy.ts [options]

  --sessions N    connected sessions (default 300)
  --rate N        messages a second to all of them together (default 150); 0 = all at once
  --seconds N     how long (default 60); with --rate 0, as many messages as 100 a second would be
  --runs N        as often, with a rest after each (default 1)
  --rest N        seconds of rest (default 60)
  --wrapper CMD   starts the gateway with this command in front, such as "env MALLOC_ARENA_MAX=2"
  --help          this text

Prints a line for each run: receipts and pages (GET) with the time they took, what /readyz said, the oldest message that waited, and
resident memory before, at most, and after the rest.`

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '300' },
    rate: { type: 'string', default: '150' },
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
    rest: { type: 'string', default: '60' },
    wrapper: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
})

/** Per session. */
const loginMs = 300
const readsPerSecond = 25
const burstPerSecond = 100

const numberOf = (name: 'sessions' | 'rate' | 'seconds' | 'runs' | 'rest') => {
  const value = Number(values[name])
  if (!(value >= 0)) throw new Error(`--${name} takes a number, not ${values[name]}`)
  return value
}

const main = async () => {
  if (values.help) return console.log(usage)
  const count = numberOf('sessions')
  const wrapper = values.wrapper === '' ? [] : values.wrapper.split(' ')
  const world = await openWorld({ bare: true })
  try {
    // The first start creates the folder and its key.
    await (await world.start({ offline: true })).kill('SIGTERM')
    const members = await enlist(world, count)
    await world.start({ offline: true, wrapper })
    await until(
      'all to be connected',
      () => world.loopback.stats.online === count || undefined,
      60_000 + count * loginMs,
    )
    const messages = createMessages(
      world.loopback,
      members,
      'canary-text of some seventy bytes, as people write all day long.',
    )
    const probe = startProbe(world)
    const reader = startReader(world, `/sessions/${members[0]?.sessionId}`, readsPerSecond)
    await pause(5_000)
    probe.take()
    await reader.take()
    for (let run = 1; run <= numberOf('runs'); run += 1) {
      const before = world.gateway.rss()
      const load = await underLoad(world, messages)
      const reads = await reader.take()
      console.log(
        `run ${run}: ${await wordsOf(messages, load.seconds, reads, probe)}, oldest ${Math.round(load.oldestMs)} ms`,
      )
      await pause(numberOf('rest') * 1_000)
      const megabytes = [before, load.mostBytes, world.gateway.rss()].map((bytes) => Math.round(bytes / 1e6))
      console.log(`run ${run}: resident ${megabytes.join(' → ')} MB`)
    }
  } finally {
    await world.close()
  }
}

/** Sends all, and waits until all are receipted. */
const underLoad = async (world: World, messages: Messages) => {
  const [rate, seconds] = [numberOf('rate'), numberOf('seconds')]
  const began = performance.now()
  const target = messages.sent + seconds * (rate || burstPerSecond)
  const first = messages.sent
  let oldestMs = 0
  let mostBytes = 0
  const watch = setInterval(() => {
    oldestMs = Math.max(oldestMs, messages.oldestMs())
    mostBytes = Math.max(mostBytes, world.gateway.rss())
  }, 250)
  while (messages.sent < target) {
    const due = rate === 0 ? target : Math.min(target, first + ((performance.now() - began) * rate) / 1_000)
    while (messages.sent < due) messages.send()
    await pause(5)
  }
  await until('the receipts', () => messages.waiting === 0 || undefined, 600_000)
  clearInterval(watch)
  return { seconds: (performance.now() - began) / 1_000, oldestMs, mostBytes }
}

const wordsOf = async (
  messages: Messages,
  seconds: number,
  reads: { p99: number; failures: number },
  probe: Probe,
): Promise<string> => {
  const lags = messages.takeLags()
  const { refused, slowestMs } = probe.take()
  const receipts = [0.5, 0.99].map((share) => Math.round(percentile(lags, share))).join('/')
  const ready = refused.length === 0 ? 'ready throughout' : `not ready ${refused.length} times (${refused[0]})`
  return `${lags.length} messages in ${seconds.toFixed(0)} s, receipts p50/p99 ${receipts} ms, GET p99 ${Math.round(reads.p99)} ms (${reads.failures} failed), ${ready} (slowest ${Math.round(slowestMs)} ms)`
}

main().catch((error: unknown) => {
  console.error(`busy: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
})
