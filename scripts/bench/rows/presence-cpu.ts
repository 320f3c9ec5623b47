import { httpLoad, type Order } from '../http-load.ts'
import { presenceOrder } from '../orders.ts'
import type { GatewayProgram } from '../programs/gateway.ts'
import type { RawPresenceProgram } from '../programs/raw-presence.ts'
import { figureOf, type Row } from '../row.ts'

/** What the gateway adds to HTTP when it is told of a presence: routing, token, capability, validation, session. */
export const presenceCpu: Row = {
  name: 'presence-cpu',
  title: 'PUT presence, server CPU ÷ raw node:http that parses the body',
  run: async (bench) => {
    const load = await httpLoad(bench)
    const gateway = await bench.start<GatewayProgram>('gateway', 'server', await bench.folder())
    const raw = await bench.start<RawPresenceProgram>('raw-presence', 'server')
    const ports = { gateway: await gateway.ask('port'), raw: await raw.ask('port') }

    const cpuWith = async (token: string, title: string) => {
      const order = (port: number): Order => ({ ...presenceOrder(), port, token })
      const rounds = await bench.interleave(
        () => load.measure(gateway, order(ports.gateway)),
        () => load.measure(raw, order(ports.raw)),
      )
      return figureOf(rounds, ({ cpuPerRequest }) => cpuPerRequest, { title, unit: 'µs', budget: { atMost: 3 } })
    }
    return [
      await cpuWith(await gateway.ask('loginToken'), 'PUT presence, login token: CPU ÷ raw node:http'),
      await cpuWith(await gateway.ask('apiKey'), 'PUT presence, API key: CPU ÷ raw node:http'),
    ]
  },
}
