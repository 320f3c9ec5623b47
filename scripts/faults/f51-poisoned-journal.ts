import type { proto } from '@whiskeysockets/baileys'
import { node } from '../../loopback/index.ts'
import type { Fault, FaultRun } from './fault.ts'
import { newId } from './harness/stanza.ts'
import { canary } from './harness/traffic.ts'
import { wait } from './harness/until.ts'
import type { World } from './harness/world.ts'
import type { Target } from './strange/inputs.ts'
import { inputsOf, sendAll, strangerIn, taken, wrongWith } from './strange/send.ts'

/** Contents that break the library when it reads them, each in its smallest form. */
const contents: proto.IMessage[] = [
  { reactionMessage: { text: 'x' } },
  { pollUpdateMessage: { vote: { encPayload: Buffer.alloc(30), encIv: Buffer.alloc(12) } } },
  { ephemeralMessage: { message: { reactionMessage: { text: 'x' } } } },
  { viewOnceMessageV2: { message: { pollUpdateMessage: {} } } },
]

/** Business names that are no certificate: nothing, bytes, and one without its details. */
const names = [Buffer.alloc(0), Buffer.from([0xff, 0xff]), Buffer.from([0x0a])]

const marked = `${canary} that ends the process`

export const poisonedJournal: Fault = {
  id: 'F51',
  name: 'messages that break the reader of the journal',
  injection:
    'messages without what the library needs (keys of reactions and votes, in envelopes too, direct, in a group, without encryption, by the own phone; broken business names; inputs of F54), journaled and not yet stored; then a dropped connection, kill -9, a clean stop, and kill -9 again; and one message whose reading kills the process each time',
  promise:
    'the session works within 30 s each time, good messages around them are stored, each of those that are known to break it is counted once; the one that kills is handed over twice, then kept aside, and the session says so',
  async run(run) {
    const { quick, random, open, figure, check } = run
    const world = await open({ shim: true, unreadable: true })
    const target = strangerIn(world)
    const before = await unreadable(world)
    const known = await poison(world, target)
    check((await wrongWith(world)) === undefined, 'the session goes on while they arrive')
    const counted = (await unreadable(world)) - before
    check(counted === known, `each is counted, once: ${counted} of ${known}`)

    let sent = known
    for (const how of ['drop', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await world.gateway.order(holdMessages)
      await world.traffic.direct(world.traffic.contacts[1])
      sent += await poison(world, target)
      for (const kind of ['direct', 'plain', 'stanza', 'peer', 'copy'] as const) {
        const from = random.int(0, 10_000)
        const inputs = inputsOf(target, { kind, seed: random.int(1, 1_000), from, to: from + (quick ? 5 : 40) })
        await sendAll(inputs)
        sent += inputs.length
      }
      await world.traffic.direct(world.traffic.contacts[2])
      await taken(world, 1_500)
      await end(world, how, run)
      const wrong = await wrongWith(world)
      check(wrong === undefined, `the session works after ${how}: ${wrong}`)
    }
    await endsTheProcess(world, run)
    figure('poisoned messages', sent)
    figure('counted', counted)
    figure('starts', world.gateways.length)
  },
}

/** Makes the store refuse messages: they are decrypted, journaled and acknowledged, but cannot be stored. */
const holdMessages = { do: 'fail', which: { like: 'into messages' }, code: 'SQLITE_BUSY' } as const

/** @returns how many were sent */
const poison = async ({ owner, companion, loopback }: World, { stranger, group }: Target): Promise<number> => {
  let sent = 0
  const count = () => {
    sent += 1
  }
  const stop = loopback.on('stanza', ({ direction, stanza, companion: to }) => {
    if (direction === 'out' && stanza.tag === 'message' && to === companion.jid) count()
  })
  for (const content of contents) {
    await stranger.phone.send(owner.pn, content)
    await stranger.phone.send(owner.lid, content)
    await stranger.phone.send(owner.pn, content, { plain: true })
    await stranger.phone.send(group.jid, content)
    await owner.phone.send(stranger.pn, content)
  }
  for (const name of names) {
    const { type, ciphertext } = await stranger.phone.signal.seal(companion, { conversation: canary })
    const attrs = { id: newId(), from: stranger.pn, sender_lid: stranger.lid, type: 'text', t: seconds() }
    companion.deliver(
      node('message', attrs, [node('verified_name', { v: '1' }, name), node('enc', { v: '2', type }, ciphertext)]),
    )
  }
  stop()
  return sent
}

const seconds = () => String(Math.floor(Date.now() / 1000))

/** `parley_unreadable_total`, of all kinds. */
const unreadable = async (world: World): Promise<number> => {
  const { text } = await world.page('/metrics')
  return [...text.matchAll(/^parley_unreadable_total\{[^}]*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
}

const end = async (world: World, how: 'drop' | 'SIGKILL' | 'SIGTERM', { check }: FaultRun) => {
  if (how === 'drop') {
    world.companion.drop()
    await world.gateway.order({ do: 'heal' })
    return
  }
  if (how === 'SIGTERM') await world.gateway.order({ do: 'heal' })
  const code = await world.gateway.kill(how)
  check(how === 'SIGKILL' || code === 0, `it stops with 0: ${code}`)
  await world.start({ offline: true })
}

/** A message that ends the process whenever it is read. */
const endsTheProcess = async (world: World, { check, figure }: FaultRun) => {
  const { traffic, owner, companion, loopback } = world
  const stranger = loopback.account({ pn: '628666000002', name: 'Another stranger' })
  await world.gateway.order(holdMessages)
  await traffic.direct(traffic.contacts[1])
  await stranger.phone.send(owner.pn, marked)
  await traffic.direct(traffic.contacts[2])
  await wait(() => companion.queue.size === 0 || undefined, 1_500)
  await world.kill()

  let deaths = 0
  for (let starts = 0; starts < 5; starts += 1) {
    // It may end before it listens.
    const started = await world
      .start({ offline: true, orders: [{ do: 'dieReading', text: marked }] })
      .catch(() => undefined)
    const wrong = started && (await wrongWith(world))
    if (started?.isAlive && wrong === undefined) break
    deaths += 1
  }
  check(deaths === 2, `a message that ends the process is handed over twice: the process ended ${deaths} times`)
  const { status, statusReason = '' } = await world.session()
  check(
    status === 'working' && /1 message/.test(statusReason),
    `the session says what is kept aside: ${status}, ${statusReason}`,
  )
  const { text } = await world.page('/metrics')
  check(/set_aside"\} [1-9]/.test(text), 'and a metric does')
  figure('ends by one message', deaths)
}
