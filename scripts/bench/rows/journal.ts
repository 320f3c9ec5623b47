import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pinned, processors } from '../machine.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { ReplayWhatsAppProgram } from '../programs/replay-whatsapp.ts'
import { type Bench, figureOf, type Row } from '../row.ts'

/** What it costs that no message which was receipted can be lost. */
export const journal: Row = {
  name: 'journal',
  title: 'replay of messages that waited, messages/s ÷ a plain consumer that stores what the library brings',
  run: async (bench) => {
    // Long enough that the first second of either process does not decide; that one is told beside it.
    const count = bench.quick ? 100 : 2_400
    const head = count / 4
    const wa = await bench.start<ReplayWhatsAppProgram>('replay-whatsapp', 'load')
    const { url, rootKey } = await wa.ask('address')
    const ours = { pn: '628110000001', start: await gateway(bench, url, rootKey) }
    const reference = { pn: '628110000002', start: await consumer(bench, url, rootKey) }

    for (const { pn, start } of [ours, reference]) {
      const client = await start()
      await wa.ask('scan', { pn, qr: await client.qr() })
      await wa.ask('quiet', pn)
      await client.end()
    }
    const replay =
      ({ pn, start }: Side) =>
      async () => {
        await wa.ask('send', { pn, count })
        const replayed = wa.ask('replay', { count, head })
        const client = await start()
        const { ms, headMs } = await replayed
        await wa.ask('quiet', pn)
        await client.end()
        return { all: (count * 1000) / ms, head: (head * 1000) / headMs }
      }
    await replay(ours)()
    await replay(reference)()
    const rounds = await bench.interleave(replay(ours), replay(reference))
    const strange = await wa.ask('unhandled')
    if (strange.length > 0) throw new Error(`WhatsApp did not understand: ${strange.join('; ')}`)
    return [
      figureOf(rounds, ({ all }) => all, {
        title: 'replay of waiting messages, journaled and stored ÷ a plain consumer',
        unit: '/s',
        budget: { atLeast: 0.85 },
      }),
      figureOf(rounds, (rate) => rate.head, {
        title: `the same, its first ${head} messages: both processes have just started`,
        unit: '/s',
      }),
    ]
  },
}

interface Side {
  pn: string
  start: () => Promise<Client>
}

interface Client {
  /** The code to link it with, the first time. */
  qr(): Promise<string>
  end(): Promise<unknown>
}

/** The gateway: after its first start it connects by itself. */
const gateway = async (bench: Bench, url: string, rootKey: string) => {
  const folder = await bench.folder()
  return async (): Promise<Client> => {
    const program = await bench.start<LiveGatewayProgram>('live-gateway', 'server', folder, url, rootKey)
    return { qr: async () => (await program.ask('pair')).qr, end: () => program.end() }
  }
}

/** The library as it is usually used, with the same `synchronous`. */
const consumer = async (bench: Bench, url: string, rootKey: string) => {
  const file = join(await bench.folder(), 'consumer.db')
  const program = join(import.meta.dirname, '../../faults/control/consumer.ts')
  return async (): Promise<Client> => {
    const [command, ...args] = pinned(processors.server, [process.execPath, program, file, url, rootKey])
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const exited = once(child, 'exit')
    const end = () => {
      if (child.connected) child.disconnect()
      return exited
    }
    bench.endsWith(end)
    return {
      qr: async () => {
        const [{ qr }] = (await once(child, 'message')) as [{ qr: string }]
        return qr
      },
      end,
    }
  }
}
