import { type HttpLoad, httpLoad, type Order } from '../http-load.ts'
import { presenceOrder } from '../orders.ts'
import type { Child, Common } from '../process.ts'
import type { BareBaileysProgram } from '../programs/bare-baileys.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { LoopbackProgram } from '../programs/loopback.ts'
import { figureOf, type Row } from '../row.ts'
import { until } from '../until.ts'

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
    const load = await httpLoad(bench)
    const order = {
      ...presenceOrder({ session: id }),
      port: await gateway.ask('port'),
      token: await gateway.ask('apiKey'),
    }

    const ours = () => delivered(wa, gateway, () => gateway.ask('presences', { id, ms: bench.loadMs }))
    const reference = () => delivered(wa, bare, () => bare.ask('presences', bench.loadMs))
    for (const warmUp of [ours, reference]) await warmUp()
    const calls = await bench.interleave(ours, reference)
    const requests = await bench.interleave(() => delivered(wa, gateway, () => overHttp(load, order)), reference)
    const strange = await wa.ask('unhandled')
    if (strange.length > 0) throw new Error(`WhatsApp did not understand: ${strange.join('; ')}`)

    const perSecond = (sent: Delivered) => sent.perSecond
    return [
      figureOf(calls, perSecond, {
        title: 'presence through the live client: calls/s ÷ bare Baileys',
        unit: '/s',
        budget: { atLeast: 0.7 },
      }),
      figureOf(calls, ({ cpuPerCall }) => cpuPerCall, {
        title: 'presence through the live client: CPU ÷ bare Baileys',
        unit: 'µs',
      }),
      figureOf(requests, perSecond, {
        title: 'PUT presence over HTTP to WhatsApp: requests/s ÷ bare Baileys',
        unit: '/s',
      }),
    ]
  },
}

interface Sent {
  calls: number
  ms: number
}

interface Delivered {
  perSecond: number
  /** µs, of the process that sends. */
  cpuPerCall: number
}

/** A call counts when its stanza has arrived at WhatsApp. */
const delivered = async (
  wa: Child<LoopbackProgram>,
  sender: Child<Common>,
  send: () => Promise<Sent>,
): Promise<Delivered> => {
  const before = { arrived: await wa.ask('chatstates'), cpu: await sender.ask('cpu') }
  const { calls, ms } = await send()
  const cpu = (await sender.ask('cpu')) - before.cpu
  const all = before.arrived + calls
  await until('all presences to arrive', async () => ((await wa.ask('chatstates')) === all ? true : undefined))
  return { perSecond: (calls * 1000) / ms, cpuPerCall: cpu / calls }
}

const overHttp = async (load: HttpLoad, order: Order): Promise<Sent> => {
  const { requests, rate } = await load.driveCold(order)
  return { calls: requests, ms: (requests * 1000) / rate }
}
