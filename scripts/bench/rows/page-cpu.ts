import { httpLoad, type Order } from '../http-load.ts'
import { pageOrder } from '../orders.ts'
import type { GatewayProgram } from '../programs/gateway.ts'
import type { RawPageProgram } from '../programs/raw-page.ts'
import { figureOf, type Row } from '../row.ts'

/** What the gateway adds to a page that SQLite makes. */
export const pageCpu: Row = {
  name: 'page-cpu',
  title: 'page of 50 stored messages, server CPU ÷ raw node:http with the same SQL on the same driver',
  run: async (bench) => {
    const load = await httpLoad(bench)
    const folder = await bench.folder()
    const gateway = await bench.start<GatewayProgram>('gateway', 'server', folder)
    await gateway.ask('fill', { chats: 10, messagesPerChat: 1_000 })
    const raw = await bench.start<RawPageProgram>('raw-page', 'server', folder)
    const token = await gateway.ask('loginToken')
    const ofGateway: Order = { ...pageOrder(), token, port: await gateway.ask('port') }
    const ofRaw: Order = { ...pageOrder(), token, port: await raw.ask('port') }
    const rounds = await bench.interleave(
      () => load.measure(gateway, ofGateway),
      () => load.measure(raw, ofRaw),
    )
    return [
      figureOf(rounds, ({ cpuPerRequest }) => cpuPerRequest, {
        title: 'page of 50 messages: CPU ÷ raw node:http, same SQL',
        unit: 'µs',
        budget: { atMost: 1.5 },
      }),
    ]
  },
}
