/** A gateway with many sessions under load: how late receipts and answers come, whether it stays ready, what memory it keeps. */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startReader } from '../faults/harness/reading.ts'
import { encryptedSessions } from './busy/encrypted.ts'
import { plainSessions } from './busy/plain.ts'
import { startProbe } from './busy/probe.ts'
import type { Subject } from './busy/subject.ts'
import { percentile } from './statistics.ts'

const usage = `node scripts/bench/busy.ts [options]

  --sessions N    connected sessions (default 300)
  --rate N        messages per second to all sessions together (default 150); 0 = all at once
  --seconds N     how long (default 60); with --rate 0, as many messages as 100 a second would be
  --runs N        number of runs, with a rest after each (default 1)
  --rest N        seconds of rest (default 60)
  --plain         messages without encryption, which cost the sender little; the sessions need not be paired
  --bytes N       length of a text, with --plain (default 70)
  --help          this text

Prints two lines for each run: how late receipts and pages (GET) came, what /readyz said, and how long the oldest message waited; then
resident memory before it, at most, and after the rest, and V8's part of that. The gateway gets MALLOC_*, GLIBC_TUNABLES and LD_PRELOAD from the environment.`

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '300' },
    rate: { type: 'string', default: '150' },
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
    rest: { type: 'string', default: '60' },
    plain: { type: 'boolean', default: false },
    bytes: { type: 'string', default: '70' },
    help: { type: 'boolean', default: false },
  },
})

const readsPerSecond = 25
const burstPerSecond = 100
const settleMs = 5_000

const numberOf = (name: 'sessions' | 'rate' | 'seconds' | 'runs' | 'rest' | 'bytes') => {
  const value = Number(values[name])
  if (!(value >= 0)) throw new Error(`--${name} takes a number, not ${values[name]}`)
  return value
}

const main = async () => {
  if (values.help) return console.log(usage)
  const count = numberOf('sessions')
  const subject = await (values.plain ? plainSessions(count, numberOf('bytes')) : encryptedSessions(count))
  const closers: (() => unknown)[] = [subject.close]
  try {
    const probe = startProbe(subject.url)
    const world = { gateway: subject, token: subject.token, onClose: (end: () => unknown) => void closers.push(end) }
    const reader = startReader(world, subject.page, readsPerSecond)
    closers.push(probe.stop)
    await pause(settleMs)
    for (let run = 1; run <= numberOf('runs'); run += 1) {
      probe.take()
      await reader.take()
      const load = await underLoad(subject)
      const { p99, failures } = await reader.take()
      const { refused, slowestMs } = probe.take()
      const words = [
        `${load.lags.length} messages in ${load.seconds.toFixed(0)} s`,
        `receipts p50/p99 ${[0.5, 0.99].map((share) => Math.round(percentile(load.lags, share))).join('/')} ms`,
        `oldest ${Math.round(Math.max(...load.lags))} ms`,
        `GET p99 ${Math.round(p99)} ms, ${failures} failed`,
        refused.length === 0 ? 'ready throughout' : `not ready ${refused.length} times (${refused[0]})`,
        `/readyz at most ${Math.round(slowestMs)} ms`,
      ]
      console.log(`run ${run}: ${words.join('; ')}`)
      await pause(numberOf('rest') * 1_000)
      const memory = [load.bytesBefore, load.mostBytes, await subject.rss()]
      console.log(`run ${run}: resident ${memory.map(megabytes).join(' → ')} MB; ${await heapOf(subject)}`)
    }
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

/** Sends all, and waits until all are receipted. */
const underLoad = async (subject: Subject) => {
  const bytesBefore = await subject.rss()
  let mostBytes = bytesBefore
  const watch = setInterval(async () => {
    mostBytes = Math.max(mostBytes, await subject.rss())
  }, 500)
  const began = performance.now()
  try {
    const lags = await subject.drive(numberOf('seconds') * (numberOf('rate') || burstPerSecond), numberOf('rate'))
    return { lags, seconds: (performance.now() - began) / 1_000, bytesBefore, mostBytes }
  } finally {
    clearInterval(watch)
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)

/** What V8 has of the resident memory, by the gateway's own metrics. */
const heapOf = async ({ url }: Subject): Promise<string> => {
  const text = await (await fetch(new URL('/metrics', url))).text()
  const [used, total, external] = ['heap_size_used', 'heap_size_total', 'external_memory'].map((name) =>
    megabytes(Number(new RegExp(`^nodejs_${name}_bytes (\\S+)`, 'm').exec(text)?.[1])),
  )
  return `heap ${used} of ${total} MB, external ${external} MB`
}

main().catch((error: unknown) => {
  console.error(`busy: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
})
