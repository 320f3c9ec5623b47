import { httpLoad, type Order } from '../http-load.ts'
import { pageOrder, presenceOrder } from '../orders.ts'
import type { GatewayProgram } from '../programs/gateway.ts'
import { type Figure, figureOf, type Row } from '../row.ts'
import { freePort, startPrism } from '../server.ts'

/** Against what a team would otherwise develop with. */
export const prism: Row = {
  name: 'prism',
  title: 'presence and page, requests/s ÷ Prism mock on the same document',
  run: async (bench) => {
    const load = await httpLoad(bench)
    const gateway = await bench.start<GatewayProgram>('gateway', 'server', await bench.folder())
    await gateway.ask('fill', { chats: 10, messagesPerChat: 1_000 })
    const token = await gateway.ask('loginToken')
    const ours = { token, port: await gateway.ask('port') }
    const theirs = { token, port: await freePort() }
    await startPrism(bench, theirs.port)

    const rateOf = async (title: string, our: Order, their: Order): Promise<Figure> => {
      const rounds = await bench.interleave(
        () => load.drive(our),
        () => load.drive(their),
      )
      return figureOf(rounds, ({ rate }) => rate, { title, unit: 'req/s', budget: { atLeast: 4 } })
    }
    return [
      await rateOf(
        'PUT presence: requests/s ÷ Prism',
        { ...presenceOrder(), ...ours },
        { ...presenceOrder({ prefix: '' }), ...theirs },
      ),
      await rateOf(
        'page of 50 messages: requests/s ÷ Prism',
        { ...pageOrder(), ...ours },
        { ...pageOrder({ prefix: '' }), ...theirs },
      ),
    ]
  },
}
