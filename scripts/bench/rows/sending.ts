import { chatJid } from '../history.ts'
import { type HttpLoad, httpLoad, type Order } from '../http-load.ts'
import { sendOrder } from '../orders.ts'
import type { Child, Common } from '../process.ts'
import type { BareBaileysProgram } from '../programs/bare-baileys.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { LoopbackProgram } from '../programs/loopback.ts'
import { figureOf, type Row } from '../row.ts'

/** How many callers send at a time, where it is more than one. */
const many = 16

/** The gateway has more code than the loop, sends fewer messages in a round, and so needs more of them until V8 has compiled it. */
const warmUps = 5

/** What it costs that a message is stored before it is sent, and answered when WhatsApp has acknowledged it. */
export const sending: Row = {
  name: 'sending',
  title:
    'texts over HTTP until WhatsApp has acknowledged them, messages/s ÷ a bare Baileys loop that waits for the same',
  run: async (bench) => {
    const wa = await bench.start<LoopbackProgram>('loopback', 'load')
    const { url, rootKey } = await wa.ask('address')
    await wa.ask('person', chatJid(1))
    const bare = await bench.start<BareBaileysProgram>('bare-baileys', 'server', url, rootKey)
    await wa.ask('scan', { pn: '628110000001', qr: await bare.ask('pair') })
    await bare.ask('linked')
    const gateway = await bench.start<LiveGatewayProgram>('live-gateway', 'server', await bench.folder(), url, rootKey)
    const { id, qr } = await gateway.ask('pair')
    await wa.ask('scan', { pn: '628110000002', qr })
    await gateway.ask('connected', 1)
    const load = await httpLoad(bench)
    const order = {
      ...sendOrder({ session: id }),
      port: await gateway.ask('port'),
      token: await gateway.ask('apiKey'),
    }

    const measure = (atATime: number) => {
      const ours = () => arrived(wa, gateway, () => overHttp(load, order, atATime))
      const reference = () => arrived(wa, bare, () => bare.ask('sends', { ms: bench.loadMs, atATime }))
      return { ours, reference }
    }
    const [one, more] = [measure(1), measure(many)]
    for (let n = 0; n < (bench.quick ? 1 : warmUps); n += 1)
      for (const warmUp of [more.ours, more.reference]) await warmUp()
    const alone = await bench.interleave(one.ours, one.reference)
    const together = await bench.interleave(more.ours, more.reference)
    const strange = await wa.ask('unhandled')
    if (strange.length > 0) throw new Error(`WhatsApp did not understand: ${strange.join('; ')}`)

    const perSecond = (sent: Arrived) => sent.perSecond
    return [
      figureOf(alone, perSecond, {
        title: 'sendMessage over HTTP until the ack, one after the other: messages/s ÷ bare Baileys',
        unit: '/s',
        budget: { atLeast: 0.7 },
      }),
      figureOf(together, perSecond, {
        title: `the same, ${many} at a time`,
        unit: '/s',
      }),
      figureOf(alone, ({ cpuPerCall }) => cpuPerCall, {
        title: 'sendMessage over HTTP until the ack: CPU ÷ bare Baileys',
        unit: 'µs',
      }),
    ]
  },
}

interface Sent {
  calls: number
  ms: number
}

interface Arrived {
  perSecond: number
  /** µs, of the process that sends. */
  cpuPerCall: number
}

/** @throws when other messages have arrived than were sent */
const arrived = async (
  wa: Child<LoopbackProgram>,
  sender: Child<Common>,
  send: () => Promise<Sent>,
): Promise<Arrived> => {
  const before = { messages: await wa.ask('messages'), cpu: await sender.ask('cpu') }
  const { calls, ms } = await send()
  const cpu = (await sender.ask('cpu')) - before.cpu
  const messages = (await wa.ask('messages')) - before.messages
  if (messages !== calls) throw new Error(`${calls} were acknowledged, and ${messages} have arrived`)
  return { perSecond: (calls * 1000) / ms, cpuPerCall: cpu / calls }
}

const overHttp = async (load: HttpLoad, order: Order, atATime: number): Promise<Sent> => {
  const { requests, rate } = await load.driveCold(order, atATime)
  return { calls: requests, ms: (requests * 1000) / rate }
}
