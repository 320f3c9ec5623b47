import { httpLoad } from '../http-load.ts'
import { presenceOrder } from '../orders.ts'
import type { Child, Common } from '../process.ts'
import type { BareBaileysProgram } from '../programs/bare-baileys.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { LoopbackProgram } from '../programs/loopback.ts'
import { type Bench, figureOf, type Row } from '../row.ts'
import { until } from '../until.ts'

interface Sent {
  callsPerSecond: number
  /** µs, of the process that sends. */
  cpuPerCall: number
}

/** What the gateway's own state machine, deadlines and guards cost on the way to WhatsApp's socket. */
export const livePresence: Row = {
  name: 'live-presence',
  title: 'presence through the live client, calls/s ÷ a bare Baileys loop',
  run: async (bench) => {
    const wa = await bench.start<LoopbackProgram>('loopback', 'load')
    const { url, rootKey } = await wa.ask('address')
    const bare = await bench.start<BareBaileysProgram>('bare-baileys', 'server', url, rootKey)
    await wa.ask('scan', { pn: '628110000001', qr: await bare.ask('pair') })
    await bare.ask('linked')
    const gateway = await bench.start<LiveGatewayProgram>('live-gateway', 'server', await bench.folder(), url, rootKey)
    const { id, qr } = await gateway.ask('pair')
    await wa.ask('scan', { pn: '628110000002', qr })
    await gateway.ask('connected', 1)

    /** A call counts when its stanza has arrived. */
    const arriving = async (calls: () => Promise<number>) => {
      const before = await wa.ask('chatstates')
      const expected = before + (await calls())
      await until('all presences to arrive', async () => ((await wa.ask('chatstates')) === expected ? true : undefined))
    }
    const through = async (sender: Child<Common>, ask: () => Promise<{ calls: number; ms: number }>) => {
      const before = await sender.ask('cpu')
      let sent = { calls: 0, ms: 0 }
      await arriving(async () => {
        sent = await ask()
        return sent.calls
      })
      const cpu = (await sender.ask('cpu')) - before
      return { callsPerSecond: (sent.calls * 1000) / sent.ms, cpuPerCall: cpu / sent.calls }
    }
    const ours = () => through(gateway, () => gateway.ask('presences', { id, ms: bench.loadMs }))
    const reference = () => through(bare, () => bare.ask('presences', bench.loadMs))
    await ours()
    await reference()
    const calls = await bench.interleave<Sent>(ours, reference)
    const http = await overHttp(bench, gateway, id, reference)
    const strange = await wa.ask('unhandled')
    if (strange.length > 0) throw new Error(`WhatsApp did not understand: ${strange.join('; ')}`)
    return [
      figureOf(calls, ({ callsPerSecond }) => callsPerSecond, {
        title: 'presence through the live client: calls/s ÷ bare Baileys',
        unit: '/s',
        budget: { atLeast: 0.7 },
      }),
      figureOf(calls, ({ cpuPerCall }) => cpuPerCall, {
        title: 'presence through the live client: CPU ÷ bare Baileys',
        unit: 'µs',
      }),
      http,
    ]
  },
}

const overHttp = async (
  bench: Bench,
  gateway: Child<LiveGatewayProgram>,
  session: string,
  reference: () => Promise<Sent>,
) => {
  const load = await httpLoad(bench)
  const order = {
    ...presenceOrder({ session }),
    port: await gateway.ask('port'),
    token: await gateway.ask('apiKey'),
  }
  const rounds = await bench.interleave(
    async () => (await load.drive(order)).rate,
    async () => (await reference()).callsPerSecond,
  )
  return { title: 'PUT presence over HTTP to WhatsApp: requests/s ÷ bare Baileys', unit: '/s', ...rounds }
}
