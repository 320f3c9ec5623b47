import type { Fault, FaultRun } from './fault.ts'
import { enlist, type Member } from './harness/fleet.ts'
import { spreadOf } from './harness/rate.ts'
import { startReader } from './harness/reading.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'

/** The budget: a login each 100 ms, with 50 % jitter. */
const mostPerSecond = 15

/** The same thousand for the start and for the outage, which is as long again. */
export const manyAtBoot: Fault = {
  id: 'F37',
  name: '1,000 sessions at once',
  injection: 'a start with 1,000 paired sessions; then WhatsApp is gone for all of them and comes back (F38)',
  promise: `at most ${mostPerSecond} logins in any second, API ready in under 2 s and answering all the while; after the outage no spike: peak at most 2 × mean`,
  async run(run) {
    const { quick, open, say, figure, check } = run
    const count = quick ? 40 : 1_000
    const world = await open({ bare: true })
    // The first start creates the folder and its key.
    await (await world.start({ offline: true })).kill('SIGTERM')
    const members = await enlist(world, count)
    say(`${count} sessions are paired`)
    const accepted: number[] = []
    const stop = world.loopback.on('stanza', ({ direction, stanza }) => {
      if (direction === 'out' && stanza.tag === 'success') accepted.push(performance.now())
    })
    const gateway = await world.start({ offline: true })
    const readyMs = gateway.startMs
    check(run.inTime(readyMs, 2_000), `the API is ready in under 2 s: ${Math.round(readyMs)} ms`)
    const reader = startReader(world, '/sessions', 20)
    await allOnline(world, members, run)
    const boot = spreadOf(accepted)
    const reads = await reader.take()
    check(boot.peak <= mostPerSecond, `the budget holds: ${boot.peak} logins in the fullest second`)
    check(boot.count === count, `each logs in once: ${boot.count}`)
    check(reads.failures === 0, `no request fails meanwhile: ${reads.failures}`)
    figure('sessions', count)
    figure('API ready after', `${Math.round(readyMs)} ms`)
    figure('all connected in', `${boot.seconds.toFixed(0)} s`)
    figure('logins in the fullest second', boot.peak)
    figure('reads meanwhile p99', `${reads.p99.toFixed(0)} ms`)
    figure('memory', `${(gateway.rss() / 1e6).toFixed(0)} MB`)

    accepted.length = 0
    const end = world.loopback.faults.refuseUpgrades('close')
    for (const { companion } of members) companion.drop()
    await until('all to be gone', () => world.loopback.stats.online === 0 || undefined)
    say('WhatsApp is gone')
    const refused = world.loopback.stats.accepted
    await until('attempts', () => world.loopback.stats.accepted > refused + Math.min(count, 50) || undefined, 60_000)
    end()
    await allOnline(world, members, run)
    stop()
    const outage = spreadOf(accepted)
    const mean = outage.perSecond
    check(outage.peak <= mostPerSecond, `the budget holds after an outage: ${outage.peak} in the fullest second`)
    check(
      quick || outage.peak <= 2 * mean,
      `no spike: ${outage.peak} in the fullest second, ${mean.toFixed(1)} on average`,
    )
    figure('after an outage: all connected in', `${outage.seconds.toFixed(0)} s`)
    figure('peak', `${(outage.peak / mean).toFixed(1)} × mean`)
  },
}

const allOnline = async ({ loopback }: World, members: Member[], { say }: FaultRun) => {
  let told = 0
  await until(
    'all to be connected',
    () => {
      const { online } = loopback.stats
      if (online >= told + 250) {
        told = online
        say(`${online} of ${members.length} connected`)
      }
      return online === members.length || undefined
    },
    400_000,
  )
}
