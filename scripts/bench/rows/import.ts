import { pageOrder } from '../orders.ts'
import type { GatewayProgram } from '../programs/gateway.ts'
import type { LoadOrder, LoadProgram } from '../programs/load.ts'
import type { Row } from '../row.ts'
import { spreadOf } from '../statistics.ts'

/** Pages asked for each second, from the first to the last, whether or not the gateway keeps up. */
const rate = 200
const connections = 16
/** No import takes as long. */
const longestMs = 120_000

/** Whether readers notice that an account with a long history is being linked. */
export const importing: Row = {
  name: 'import',
  title: 'read p99 during an import of 100 k messages ÷ idle',
  run: async (bench) => {
    const size = { chats: 100, messagesPerChat: bench.quick ? 100 : 1_000 }
    const gateway = await bench.start<GatewayProgram>('gateway', 'server', await bench.folder())
    const load = await bench.start<LoadProgram>('load', 'load')
    await gateway.ask('fill', { chats: 100, messagesPerChat: 100 })
    const order: LoadOrder = {
      ...pageOrder(),
      port: await gateway.ask('port'),
      token: await gateway.ask('loginToken'),
      connections,
      rate,
      ms: bench.quick ? 1_500 : 5_000,
    }
    await load.ask('load', order)

    const rates: number[] = []
    let chapter = 0
    const rounds = await bench.interleave(
      async () => {
        chapter += 1
        const reading = load.ask('load', { ...order, ms: longestMs })
        const took = await gateway.ask('importHistory', { ...size, chapter })
        await load.ask('stop')
        rates.push((size.chats * size.messagesPerChat * 1000) / took)
        return (await reading).p99Ms
      },
      async () => (await load.ask('load', order)).p99Ms,
    )
    const imported = Math.round(spreadOf(rates).median).toLocaleString('en-US')
    return [
      {
        title: `page p99 while ${imported} messages/s are imported ÷ idle`,
        unit: 'ms',
        budget: { atMost: 1.5 },
        ...rounds,
      },
    ]
  },
}
