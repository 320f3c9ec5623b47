import { setTimeout as pause } from 'node:timers/promises'
import type { BareBaileysProgram } from '../programs/bare-baileys.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { LoopbackProgram } from '../programs/loopback.ts'
import type { Row } from '../row.ts'

const megabyte = 2 ** 20

/** How many sessions fit onto a machine. */
export const memory: Row = {
  name: 'memory',
  title: 'RSS for each connected idle session, beside bare Baileys sockets',
  run: async (bench) => {
    const more = bench.quick ? 3 : 100
    // For what the logins have left behind to settle.
    const settleMs = bench.quick ? 500 : 3_000
    const wa = await bench.start<LoopbackProgram>('loopback', 'load')
    const { url, rootKey } = await wa.ask('address')
    let last = 0
    const scan = (qr: string) => {
      last += 1
      return wa.ask('scan', { pn: `62811${String(last).padStart(7, '0')}`, qr })
    }

    const gatewayOn = (folder: string) =>
      bench.start<LiveGatewayProgram>('live-gateway', 'server', folder, url, rootKey)
    /** Pairs them in a process that ends: what is measured is a later one, into which they come back. */
    const folderWith = async (sessions: number) => {
      const folder = await bench.folder()
      const gateway = await gatewayOn(folder)
      for (let paired = 1; paired <= sessions; paired++) {
        await scan((await gateway.ask('pair')).qr)
        await gateway.ask('connected', paired)
      }
      await gateway.end()
      return folder
    }
    const gatewayRss = async (folder: string, sessions: number) => {
      const gateway = await gatewayOn(folder)
      await gateway.ask('connected', sessions)
      await pause(settleMs)
      const rss = await gateway.ask('rss')
      await gateway.end()
      return rss
    }

    const bareOnes = () => bench.start<BareBaileysProgram>('bare-baileys', 'server', url, rootKey)
    const credentialsOf = async (sockets: number) => {
      const bare = await bareOnes()
      const credentials: string[] = []
      for (let paired = 1; paired <= sockets; paired++) {
        await scan(await bare.ask('pair'))
        credentials.push(await bare.ask('linked'))
      }
      await bare.end()
      return credentials
    }
    const bareRss = async (credentials: string[]) => {
      const bare = await bareOnes()
      for (const creds of credentials) await bare.ask('login', creds)
      await pause(settleMs)
      const rss = await bare.ask('rss')
      await bare.end()
      return rss
    }

    bench.say(`pairing ${1 + more} sessions, and ${1 + more} bare sockets`)
    const [base, full] = [await folderWith(1), await folderWith(1 + more)]
    const credentials = await credentialsOf(1 + more)
    const rounds = await bench.interleave(
      async () => ((await gatewayRss(full, 1 + more)) - (await gatewayRss(base, 1))) / more / megabyte,
      async () => ((await bareRss(credentials)) - (await bareRss(credentials.slice(0, 1)))) / more / megabyte,
    )
    return [
      {
        title: `RSS for each connected idle session, at ${more}`,
        unit: 'MB',
        budget: { atMost: 2 },
        absolute: true,
        ...rounds,
      },
    ]
  },
}
