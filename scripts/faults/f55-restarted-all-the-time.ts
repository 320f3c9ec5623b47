import { setTimeout as pause } from 'node:timers/promises'
import type { Fault, FaultRun } from './fault.ts'
import { createCaller } from './harness/caller.ts'
import { enlist, type Member } from './harness/fleet.ts'
import { few } from './harness/invariants.ts'
import { startReader } from './harness/reading.ts'
import { until, wait } from './harness/until.ts'
import { makeKey, type SessionBody, type World } from './harness/world.ts'

/** Logins are 100 ms apart, and those that no person waits for have a third of the turns and slots. */
const timesAlone = 5
/** The largest backoff before the first attempt, which is jittered. */
const backOffMs = 1_000
const othersMs = 1_000
/** A connection that has been open this long resets the backoff. */
const settleMs = 31_000

export const restartedAllTheTime: Fault = {
  id: 'F55',
  name: 'a tenant that restarts its sessions all the time',
  injection:
    'an organization with 120 sessions that are not paired calls :restart on each without pause, and no limit is set; meanwhile connections of another organization are reset, and people write to it',
  promise: `the other one is back within ${timesAlone} × its time alone, its API calls are all served with a p99 under ${othersMs} ms, what WhatsApp sends to it is stored; the first one still gets its QR codes`,
  async run(run) {
    const { quick, random, open, say, figure, check, inTime } = run
    const world = await open({ env: { LIMIT_STARTS: '0', SESSIONS_PER_ORGANIZATION: '0' } })
    await world.gateway.kill('SIGTERM')
    const members = await enlist(world, quick ? 4 : 10)
    const token = await makeKey(world.database, 'org_restless')
    await world.start()
    await allOnline(members)
    const reader = startReader(world, '/sessions', 20)

    const alone = await dropAll(world, members, run)
    const idle = await reader.take()
    if (alone === undefined) return

    const restless = await startRestless(world, token, quick ? 30 : 120)
    const written = new AbortController()
    const flow = world.traffic.flow(random, 10, new Promise((resolve) => (written.signal.onabort = resolve)))
    const times: number[] = []
    for (let round = 0; round < (quick ? 1 : 4); round += 1) {
      if (!quick) await pause(settleMs)
      times.push((await dropAll(world, members, run)) ?? Number.POSITIVE_INFINITY)
      say(`back after ${(Number(times.at(-1)) / 1_000).toFixed(1)} s, alone ${(alone / 1_000).toFixed(1)} s`)
    }
    const meanwhile = await reader.take()
    written.abort()
    await flow
    const { restarts, refused, offences, scannable } = await restless.stop()

    const slowest = Math.max(...times)
    check(
      inTime(slowest, timesAlone * alone + backOffMs),
      `the other organization is back soon: ${(slowest / 1_000).toFixed(1)} s, alone ${(alone / 1_000).toFixed(1)} s`,
    )
    check(meanwhile.failures === 0, `its API calls are served: ${meanwhile.failures} failures`)
    check(
      inTime(meanwhile.p99, othersMs),
      `in time: p99 ${meanwhile.p99.toFixed(0)} ms, idle ${idle.p99.toFixed(0)} ms`,
    )
    check(offences.length === 0, `every answer to the one that restarts is documented: ${few(offences)}`)
    check(restarts > 0, `it restarts: ${restarts} times`)
    check(scannable, 'it gets a QR code once it leaves a session alone')
    figure('restarts', `${restarts}, refused ${refused}`)
    figure('back after', `${(slowest / 1_000).toFixed(1)} s, alone ${(alone / 1_000).toFixed(1)} s`)
    figure('API p99', `${meanwhile.p99.toFixed(0)} ms, idle ${idle.p99.toFixed(0)} ms`)
  },
}

const allOnline = (members: Member[]) =>
  until('all to be connected', () => members.every(({ companion }) => companion.isOnline) || undefined, 60_000)

/** @returns milliseconds until all are connected again; undefined when they are not in time */
const dropAll = async ({ companion, loopback }: World, members: Member[], { check }: FaultRun) => {
  const companions = [companion, ...members.map((member) => member.companion)]
  const { logins } = loopback.stats
  const began = performance.now()
  for (const each of companions) each.drop()
  const back = await wait(
    () =>
      (companions.every((each) => each.isOnline) && loopback.stats.logins >= logins + companions.length) || undefined,
    60_000,
  )
  check(back === true, 'the dropped sessions come back within a minute')
  return back && performance.now() - began
}

/** Creates sessions without pairing them, and restarts each of them repeatedly until it is stopped. */
const startRestless = async ({ gateway }: World, token: string, count: number) => {
  const offences: string[] = []
  const call = createCaller({ url: () => gateway.url, token, onOffence: (words) => void offences.push(words) })
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) ids.push(((await call('POST', '/sessions')).body as SessionBody).id)
  let going = true
  let restarts = 0
  let refused = 0
  // As many at a time as a tenant's script would: the login queue is measured, and not this machine.
  const ended = Promise.all(
    Array.from({ length: 12 }, async (_, worker) => {
      for (let n = worker; going; n += 12) {
        const { status } = await call('POST', `/sessions/${ids[n % count]}:restart`)
        if (status === 200) restarts += 1
        else refused += 1
        await pause(10)
      }
    }),
  )
  return {
    async stop() {
      going = false
      await ended
      const [first] = ids
      const scannable = await wait(
        async () => (await call('GET', `/sessions/${first}/qr`)).status === 200 || undefined,
        30_000,
      )
      return { restarts, refused, offences, scannable: scannable === true }
    },
  }
}
