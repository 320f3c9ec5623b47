import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Child, Common } from '../process.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { LiveWhatsAppProgram } from '../programs/live-whatsapp.ts'
import type { RawStreamProgram } from '../programs/raw-stream.ts'
import type { Row } from '../row.ts'
import { percentile } from '../statistics.ts'
import { until } from '../until.ts'

const kilobyte = 1024
const pn = '628110000001'
/** For what the openings have left behind to settle. */
const settleMs = 2_000

/** What an open stream of events costs, and how soon a reader has what happens. */
export const eventReaders: Row = {
  name: 'event-readers',
  title: 'RSS for each reader of events, and a live message at a reader ÷ its receipt',
  run: async (bench) => {
    const many = bench.quick ? 20 : 1_000
    const wa = await bench.start<LiveWhatsAppProgram>('live-whatsapp', 'load')
    const { url, rootKey } = await wa.ask('address')
    const gateway = await bench.start<LiveGatewayProgram>('live-gateway', 'server', await bench.folder(), url, rootKey)
    const raw = await bench.start<RawStreamProgram>('raw-stream', 'server')
    const { qr } = await gateway.ask('pair')
    await wa.ask('scan', { pn, qr })
    await gateway.ask('connected', 1)
    // The first message sets up the encryption.
    await wa.ask('drive', { pns: [pn], perSecond: 10, count: 5, ofGroup: 0 })
    const token = await gateway.ask('apiKey')

    const perReader = async (server: Child<Pick<RawStreamProgram, 'port'> & Common>) => {
      const target = { port: await server.ask('port'), token }
      await Promise.all((await openMany(target, 20)).map((leave) => leave()))
      await pause(settleMs)
      const before = await server.ask('rss')
      const readers = await openMany(target, many)
      await pause(settleMs)
      const after = await server.ask('rss')
      for (const leave of readers) leave()
      return (after - before) / many / kilobyte
    }

    /** A reader among the others, while messages come in. @returns 99th percentiles, ms */
    const lags = async () => {
      const target = { port: await gateway.ask('port'), token }
      const arrived = new Map<number, number>()
      let line = ''
      const reader = await open(target, (text) => {
        const lines = `${line}${text}`.split('\n')
        line = lines.pop() ?? ''
        for (const [, n] of lines.join('\n').matchAll(/"body":"message (\d+)"/g))
          if (!arrived.has(Number(n))) arrived.set(Number(n), now())
      })
      const [perSecond, count] = bench.quick ? [20, 20] : [20, 200]
      const { lags: receipts, startedAt } = await wa.ask('drive', { pns: [pn], perSecond, count, ofGroup: 0 })
      await until('all messages at the reader', async () => arrived.size === count || undefined)
      reader()
      const events = [...arrived].map(([n, at]) => at - startedAt - (n * 1000) / perSecond).toSorted((a, b) => a - b)
      return { event: percentile(events, 0.99), receipt: percentile(receipts, 0.99) }
    }

    const memory = await bench.interleave(
      () => perReader(gateway),
      () => perReader(raw),
    )
    const measured: { event: number; receipt: number }[] = []
    for (let round = 0; round < bench.rounds; round += 1) measured.push(await lags())
    return [
      { title: `RSS for each reader of events, at ${many}`, unit: 'KiB', ...memory },
      {
        title: 'a live message at a reader of events ÷ its receipt at WhatsApp, p99',
        unit: 'ms',
        budget: { atMost: 2 },
        ours: measured.map(({ event }) => event),
        reference: measured.map(({ receipt }) => receipt),
      },
    ]
  },
}

/** Of all processes of the machine, ms. */
const now = () => performance.timeOrigin + performance.now()

interface Target {
  port: number
  token: string
}

/** Resolves when the stream is open. @returns leaves it */
const open = ({ port, token }: Target, hear: (text: string) => void) =>
  new Promise<() => void>((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}` }
    const asked = request({ host: '127.0.0.1', port, path: '/api/v1/events/stream', headers, agent: false })
    asked.once('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`a stream was answered with ${response.statusCode}`))
      response
        .setEncoding('utf8')
        .on('data', hear)
        .on('error', () => {})
      resolve(() => asked.destroy())
    })
    asked.on('error', reject).end()
  })

const openMany = async (target: Target, count: number) => {
  const readers: (() => void)[] = []
  while (readers.length < count)
    readers.push(...(await Promise.all(Array.from({ length: 20 }, () => open(target, () => {})))))
  return readers
}
