import type { ReceiversProgram } from '../programs/receivers.ts'
import type { WebhooksProgram } from '../programs/webhooks.ts'
import { figureOf, type Row } from '../row.ts'
import { percentile } from '../statistics.ts'
import { until } from '../until.ts'

const mebibyte = 1024 * 1024
const dead = 50
const longMs = 600_000

/** How fast a backlog is delivered, and whether what others have to wait for delays a receiver that answers. */
export const webhooks: Row = {
  name: 'webhooks',
  title: 'deliveries/s ÷ bare POST requests, and a message at a receiver beside others that never answer ÷ alone',
  run: async (bench) => {
    const backlog = bench.quick ? 1_000 : 50_000
    const part = bench.quick ? 500 : 5_000
    const [perSecond, count] = bench.quick ? [50, 25] : [50, 250]
    const receivers = await bench.start<ReceiversProgram>('receivers', 'load')
    const gateway = await bench.start<WebhooksProgram>('webhooks', 'server', await bench.folder())
    const url = await receivers.ask('url')
    const late = await gateway.ask('create', { url: `${url}/late`, active: false })
    const dying: string[] = []
    for (let n = 0; n < dead; n += 1) dying.push(await gateway.ask('create', { url: `${url}/dead`, active: false }))

    const received = async (wanted: number) => {
      const { count: before } = await receivers.ask('seen')
      return () =>
        until(
          `${wanted} deliveries`,
          async () => (await receivers.ask('seen')).count >= before + wanted || undefined,
          longMs,
        )
    }
    const rateOf = async (deliver: () => Promise<unknown>, wanted: number) => {
      const all = await received(wanted)
      const began = performance.now()
      await deliver()
      await all()
      return (wanted * 1_000) / (performance.now() - began)
    }

    bench.say(`${backlog} messages arrive while the receiver is not there`)
    const head = await gateway.ask('fill', backlog)
    const before = await gateway.ask('rss')
    const whole = await rateOf(() => gateway.ask('activate', { ids: [late], active: true }), backlog)
    const grown = ((await gateway.ask('rss')) - before) / mebibyte
    const { bytes } = await receivers.ask('seen')

    const replay = { id: late, since: head - part, until: head }
    const rates = await bench.interleave(
      () => rateOf(() => gateway.ask('replay', replay), part),
      () => rateOf(() => gateway.ask('bare', { url: `${url}/bare`, count: part, bytes }), part),
    )

    await gateway.ask('activate', { ids: [late], active: false })
    await gateway.ask('create', { url: `${url}/healthy`, active: true })
    /** @returns 99th percentile from the store to the receiver, ms */
    const lag = async () => {
      const sent = await gateway.ask('arrive', { count, perSecond })
      const times = await until('all messages at the receiver', async () => {
        const found = await receivers.ask('times', '/healthy')
        return sent.every(([n]) => found.has(n)) ? found : undefined
      })
      return percentile(
        sent.map(([n, at]) => (times.get(n) ?? 0) - at),
        0.99,
      )
    }
    const beside = (ids: string[]) => async () => {
      await gateway.ask('activate', { ids, active: true })
      const measured = await lag()
      await gateway.ask('activate', { ids, active: false })
      return measured
    }
    await lag()
    const lags = await bench.interleave(beside(dying), lag)
    const besideBacklog = async () => {
      await gateway.ask('activate', { ids: [late], active: true })
      await gateway.ask('replay', { id: late, since: 0, until: head })
      const measured = await lag()
      await gateway.ask('activate', { ids: [late], active: false })
      return measured
    }
    const others = await bench.interleave(besideBacklog, lag)
    const same = (value: number) => value
    return [
      figureOf(rates, same, {
        title: 'webhook deliveries of a backlog ÷ bare POST requests, 8 at a time',
        unit: '/s',
        budget: { atLeast: 0.5 },
      }),
      figureOf(lags, same, {
        title: `a message at a webhook, p99: beside ${dead} receivers that never answer ÷ without them`,
        unit: 'ms',
        budget: { atMost: 1.2 },
      }),
      figureOf(others, same, {
        title: `the same beside a webhook that catches up with ${backlog} events ÷ without it`,
        unit: 'ms',
      }),
      {
        title: `RSS that ${backlog} events of backlog take while they are delivered, with ${Math.round(whole)} a second`,
        unit: 'MiB',
        ours: [grown],
        reference: [before / mebibyte],
      },
    ]
  },
}
