import { join } from 'node:path'
import type { Child, Common } from '../process.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { Driven, LiveWhatsAppProgram } from '../programs/live-whatsapp.ts'
import type { PlainConsumersProgram } from '../programs/plain-consumers.ts'
import { type Bench, figureOf, type Row } from '../row.ts'
import { percentile } from '../statistics.ts'

/** Of ten messages, how many come in a group. */
const ofGroup = 3
/** The 99th percentile of the time to the receipt up to which a rate counts as held. */
const maxLagMs = 1_000
/** How many are paired at a time. */
const pairedAtOnce = 4

/** What many sessions cost that are written to all the time, and how much of it one process can take. */
export const liveMessages: Row = {
  name: 'live-messages',
  title: 'live messages of many sessions: processor time, and the greatest rate, ÷ a plain consumer',
  run: async (bench) => {
    const sessions = bench.quick ? 3 : 300
    const wa = await bench.start<LiveWhatsAppProgram>('live-whatsapp', 'load')
    const { url, rootKey } = await wa.ask('address')
    const gateway = await bench.start<LiveGatewayProgram>('live-gateway', 'server', await bench.folder(), url, rootKey)
    const file = join(await bench.folder(), 'consumers.db')
    const plain = await bench.start<PlainConsumersProgram>('plain-consumers', 'server', file, url, rootKey)
    const ours = { client: gateway, pns: numbers('62811', sessions) }
    const reference = { client: plain, pns: numbers('62822', sessions) }
    for (const side of [ours, reference]) {
      bench.say(`pairing ${sessions} of the ${side === ours ? 'gateway' : 'plain consumer'}`)
      await pairAll(wa, side)
      // The first message of a person, and of a group, sets up the encryption.
      for (const share of [0, 10])
        await wa.ask('drive', { pns: side.pns, perSecond: 40, count: sessions, ofGroup: share })
    }

    const traffic = bench.quick ? { perSecond: 20, count: 20 } : { perSecond: 60, count: 600 }
    const cpuOf =
      ({ client, pns }: Side) =>
      async () => {
        const before = await client.ask('cpu')
        const driven = await wa.ask('drive', { pns, ofGroup, ...traffic })
        if (driven.lags.length < traffic.count) throw new Error('messages were not receipted')
        return ((await client.ask('cpu')) - before) / traffic.count
      }
    for (const side of [ours, reference]) await cpuOf(side)()
    const rounds = await bench.interleave(cpuOf(ours), cpuOf(reference))
    const [most, mostOfPlain] = [await greatestRate(bench, wa, ours), await greatestRate(bench, wa, reference)]
    const strange = await wa.ask('unhandled')
    if (strange.length > 0) throw new Error(`WhatsApp did not understand: ${strange.join('; ')}`)
    return [
      figureOf(rounds, (cpu) => cpu, {
        title: `a live message, ${sessions} sessions, ${ofGroup * 10} % in groups: CPU ÷ a plain consumer`,
        unit: 'µs',
        budget: { atMost: 1 },
      }),
      {
        title: `the greatest rate that ${sessions} sessions hold, receipts within ${maxLagMs / 1000} s (p99)`,
        unit: '/s',
        ours: [most],
        reference: [mostOfPlain],
      },
    ]
  },
}

interface Side {
  client: Child<Pick<LiveGatewayProgram & PlainConsumersProgram, 'pair' | 'connected'> & Common>
  pns: string[]
}

const numbers = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(7, '0')}`)

const pairAll = async (wa: Child<LiveWhatsAppProgram>, { client, pns }: Side) => {
  for (let start = 0; start < pns.length; start += pairedAtOnce) {
    const some = pns.slice(start, start + pairedAtOnce)
    await Promise.all(some.map(async (pn) => wa.ask('scan', { pn, qr: (await client.ask('pair')).qr })))
  }
  await client.ask('connected', pns.length)
}

/** Raises the rate by a quarter until receipts lag. @returns the last one that was held, messages a second; 0 if none was */
const greatestRate = async (bench: Bench, wa: Child<LiveWhatsAppProgram>, { pns }: Side): Promise<number> => {
  const [seconds, maxSteps] = bench.quick ? [1, 1] : [6, 10]
  let held = 0
  for (let step = 0; step < maxSteps; step++) {
    const perSecond = Math.round((bench.quick ? 10 : 60) * 1.25 ** step)
    const count = perSecond * seconds
    const driven = await wa.ask('drive', { pns, perSecond, count, ofGroup })
    if (!isHeld(driven, count)) break
    held = perSecond
  }
  return held
}

const isHeld = ({ lags }: Driven, count: number) => lags.length === count && percentile(lags, 0.99) <= maxLagMs
