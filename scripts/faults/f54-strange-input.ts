import type { Fault, FaultRun } from './fault.ts'
import { openBystander, percentile } from './harness/bystander.ts'
import { few } from './harness/invariants.ts'
import { wait } from './harness/until.ts'
import type { World } from './harness/world.ts'
import { type Kind, kindNames } from './strange/inputs.ts'
import { leftInJournal, setAsideIn, wholeIn } from './strange/left.ts'
import { inputsOf, journaled, sendAll, strangerIn, taken, wrongWith } from './strange/send.ts'

/** How long another organization's messages may take meanwhile, from WhatsApp to the receipt. */
const lateMs = 5_000
/** How many are sent between two checks of the session. */
const batch = 100

export const strangeInput: Fault = {
  id: 'F54',
  name: 'ten thousand strange inputs',
  injection: `messages of all kinds with each part missing in turn, and by chance (wrong numbers, no bytes, unknown enums, envelopes in envelopes), of a contact, in a group, without encryption, of the own phone, as peer messages of each protocol type, and in histories; stanzas of each tag without an attribute or child, or with a wrong one; each live, and again from the journal after a kill`,
  promise: `the process lives, the session works within 30 s, what friends write before, between and after is stored, nothing that was read whole is left in the journal; another organization's messages are receipted within ${lateMs / 1_000} s`,
  async run(run) {
    const { quick, random, open, say, figure, check } = run
    const seed = random.int(1, 1_000_000)
    const perKind = quick ? 20 : 1_250
    const world = await open({ shim: true, unreadable: true })
    const bystander = await openBystander(world)
    const target = strangerIn(world)
    const from = quick ? random.int(0, 20_000) : 0
    let sent = 0
    let unsent = 0

    for (const phase of ['live', 'journal'] as const)
      for (const step of stepsOf(phase, quick, perKind)) {
        const inputs = step.map(({ kind, first, count }) => ({
          kind,
          seed,
          from: from + first,
          to: from + first + count,
        }))
        const words = `${phase}: ${inputs.map((each) => `${each.kind} ${each.from}..${each.to}`).join(', ')} of seed ${seed}`
        if (phase === 'journal') await world.gateway.order(holdMessages)
        for (const which of inputs) {
          const made = inputsOf(target, which)
          unsent += (await sendAll(made)).length
          sent += made.length
        }
        if (phase === 'journal') await replay(world)
        const wrong = await wrongWith(world)
        check(wrong === undefined, `the session goes on after ${words} (find.ts finds the smallest): ${wrong}`)
        if (wrong !== undefined) return
        say(words)
      }

    await restarts(world, run)
    const lost = await bystander.end()
    const late = bystander.latencies.filter((ms) => ms > lateMs * (quick ? 5 : 1)).length
    const other = await bystander.session()
    check(lost === 0, `the other organization's messages are all stored: ${lost} are missing`)
    check(late === 0, `and none is late: ${late} of ${bystander.latencies.length}`)
    check(other.status === 'working', `its session works: ${other.status}`)
    check(unsent * 50 < sent, `nearly all could be made into bytes: ${unsent} of ${sent} could not`)
    // The library may still have the last one, and thousands of histories are stored one after the other.
    await wait(async () => (await journaled(world)) === 0 || undefined, quick ? 30_000 : 180_000)
    await restored(world)
    await world.gateway.kill('SIGTERM')
    const left = await leftInJournal(world)
    await world.start({ offline: true })
    const setAside = setAsideIn(left)
    check(setAside.length === 0, `nothing is set aside: ${setAside.length}, ${few(setAside.map(({ words }) => words))}`)
    const whole = wholeIn(left)
    check(
      whole.length === 0,
      `nothing that was read whole is left in the journal: ${whole.length}, ${few(whole.map(({ words }) => words))}`,
    )
    const lines = world.gateways.reduce((sum, gateway) => sum + gateway.output().split('\n').length, 0)
    check(lines < 100 * world.gateways.length + sent / 10, `the log stays readable: ${lines} lines`)
    figure('inputs', sent)
    figure('left in the journal', left.length)
    figure('of it set aside', setAside.length)
    figure('starts', world.gateways.length)
    figure('log lines', lines)
    figure(
      'others receipted, p99',
      `${percentile(bystander.latencies, 0.99).toFixed(0)} ms of ${bystander.latencies.length}`,
    )
  },
}

interface Step {
  kind: Kind
  first: number
  count: number
}

/** Live: one kind after the other. From the journal: a part of each together, because a restart takes the most time. */
const stepsOf = (phase: 'live' | 'journal', quick: boolean, perKind: number): Step[][] => {
  const size = phase === 'live' ? batch : quick ? 20 : 25
  const starts = Array.from({ length: Math.ceil(perKind / size) }, (_, index) => index * size)
  const step = (kind: Kind, first: number): Step => ({ kind, first, count: Math.min(size, perKind - first) })
  return phase === 'live'
    ? kindNames.flatMap((kind) => starts.map((first) => [step(kind, first)]))
    : starts.map((first) => kindNames.map((kind) => step(kind, first)))
}

/** Makes the store refuse messages: they are decrypted, journaled and acknowledged, but cannot be stored. */
const holdMessages = { do: 'fail', which: { like: 'into messages' }, code: 'SQLITE_BUSY' } as const

const replay = async (world: World) => {
  await taken(world, 1_500)
  await world.kill()
  await world.start({ offline: true })
  await restored(world)
}

/**
 * Until nothing that was read whole is left in the journal: a second kill while an entry is given back would set it aside, whatever
 * is in it. An entry stays permanently when another part of its stanza is unreadable.
 */
const restored = (world: World) =>
  wait(
    async () => (await journaled(world)) === 0 || wholeIn(await leftInJournal(world)).length === 0 || undefined,
    60_000,
  )

/** A dropped connection, and three restarts. */
const restarts = async (world: World, { check, quick }: FaultRun) => {
  world.companion.drop()
  for (const how of ['drop', 'SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
    if (how !== 'drop') {
      if (quick && how === 'SIGTERM') continue
      const code = await world.gateway.kill(how)
      check(how === 'SIGKILL' || code === 0, `it stops with 0: ${code}`)
      await world.start({ offline: true })
    }
    const wrong = await wrongWith(world)
    check(wrong === undefined, `the session works after ${how}: ${wrong}`)
    await restored(world)
  }
}
