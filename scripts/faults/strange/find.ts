/**
 * A fuzzer: finds input that breaks a session or the gateway, and reduces it to the smallest part that still does.
 * `node scripts/faults/strange/find.ts --kind direct --seed 1 --from 0 --to 1000 [--phase live,journal] [--batch 100]`
 */
import { parseArgs } from 'node:util'
import { quietLibrary } from '../harness/quiet-library.ts'
import { openWorld, type World } from '../harness/world.ts'
import { type Kind, kindNames } from './inputs.ts'
import { leftInJournal } from './left.ts'
import { inputsOf, sendAll, strangerIn, taken, wrongWith } from './send.ts'

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: kindNames.join() },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    to: { type: 'string', default: '200' },
    batch: { type: 'string', default: '100' },
    phase: { type: 'string', default: 'live,journal' },
    left: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    most: { type: 'string', default: '6' },
  },
})

type Phase = 'live' | 'journal'

const seed = Number(values.seed)
const started = performance.now()
const say = (text: string) => console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`)

/** Sends it to a session. @returns what is wrong then */
const attempt = async (
  world: World,
  kind: Kind,
  phase: Phase,
  from: number,
  to: number,
): Promise<string | undefined> => {
  const target = targets.get(world) ?? strangerIn(world)
  targets.set(world, target)
  const inputs = inputsOf(target, { kind, seed, from, to })
  if (phase === 'journal')
    await world.gateway.order({ do: 'fail', which: { like: 'into messages' }, code: 'SQLITE_BUSY' })
  const { logins } = world.loopback.stats
  const unsent = await sendAll(inputs)
  if (unsent.length > 0) say(`  unsent ${unsent.length}: ${unsent[0]}`)
  await taken(world, phase === 'journal' ? 2_000 : 20)
  if (phase === 'journal') {
    await world.kill()
    await world.start({ offline: true })
  }
  const wrong = await wrongWith(world)
  if (wrong === undefined && values.strict && phase === 'live' && world.loopback.stats.logins > logins)
    return `the connection ended, and a new one was made`
  return wrong
}
const targets = new Map<World, ReturnType<typeof strangerIn>>()

const open = () => openWorld({ shim: true, unreadable: true })

const main = async () => {
  quietLibrary()
  let world = await open()
  for (const kind of values.kind.split(',') as Kind[])
    for (const phase of values.phase.split(',') as Phase[]) {
      let found = 0
      const batch = Number(values.batch)
      for (let from = Number(values.from); from < Number(values.to); from += batch) {
        const to = Math.min(from + batch, Number(values.to))
        const wrong = await attempt(world, kind, phase, from, to)
        if (wrong === undefined) continue
        say(`BROKEN ${kind} ${phase} ${from}..${to}: ${wrong}\n${errorsOf(world)}`)
        found += 1
        await world.close()
        await smallest(kind, phase, from, to)
        world = await open()
        if (found >= Number(values.most)) break
      }
      say(
        `${kind} ${phase}: ${found} broken, ${world.offences.length} answers against the contract ${world.offences.slice(0, 2)}; queue ${world.companion.queue.size}; lines ${world.gateway.output().split('\n').length}`,
      )
      if (values.left) {
        await world.gateway.kill('SIGTERM')
        const left = await leftInJournal(world)
        await world.start({ offline: true })
        say(
          `left ${left.length}\n${left
            .slice(0, 25)
            .map(({ words }) => words)
            .join('\n')}`,
        )
      }
      world.loopback.unhandled
        .slice(0, 3)
        .map((it) => say(`  ${it.reason} ${JSON.stringify(it.stanza)?.slice(0, 200)}`))
    }
  await world.close()
}

/** The gateway's log lines about it, without duplicates. */
const errorsOf = ({ gateways }: World): string => {
  const lines = gateways.flatMap((gateway) => gateway.output().split('\n'))
  const errors = lines.filter((line) => /"level":[56]0/.test(line)).map((line) => line.replace(/"time":\d+,/, ''))
  return [...new Set(errors.map((line) => line.slice(0, 1_200)))].slice(0, 3).join('\n')
}

const smallest = async (kind: Kind, phase: Phase, first: number, last: number) => {
  let [from, to] = [first, last]
  let words = ''
  const breaks = async (a: number, b: number) => {
    const world = await open()
    const wrong = await attempt(world, kind, phase, a, b)
    if (wrong !== undefined) words = `${wrong}\n${errorsOf(world)}`
    await world.close()
    return wrong !== undefined
  }
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if (await breaks(from, middle)) to = middle
    else if (await breaks(middle, to)) from = middle
    else break
  }
  const world = await open()
  const names = inputsOf(strangerIn(world), { kind, seed, from, to: Math.min(to, from + 5) }).map(({ name }) => name)
  await world.close()
  say(`SMALLEST ${kind} ${phase} ${from}..${to}: ${names.join(' | ')}\n${words}`)
}

await main()
