import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { atReceipt } from './harness/at-receipt.ts'
import type { Sent } from './harness/traffic.ts'
import type { World } from './harness/world.ts'
import type { Order } from './shim/orders.ts'

type Die = Extract<Order, { do: 'die' }>

/** The points at which the process is killed while it handles a message: by statements of the gateway, and of the control. */
const points: Record<string, { own?: Omit<Die, 'do'>; control?: Omit<Die, 'do'> }> = {
  'before the keys': {
    own: { which: { like: 'key_writes' }, nth: 1, when: 'before' },
    control: { which: { like: 'into keys' }, nth: 1, when: 'before' },
  },
  'keys committed': {
    own: { which: { like: 'key_writes' }, nth: 1, when: 'committed' },
    control: { which: { like: 'into keys' }, nth: 1, when: 'committed' },
  },
  'second keys committed': {
    own: { which: { like: 'key_writes' }, nth: 2, when: 'committed' },
    control: { which: { like: 'into keys' }, nth: 2, when: 'committed' },
  },
  'receipt sent': {},
  'before the message': {
    own: { which: { like: 'into messages' }, nth: 1, when: 'before' },
    control: { which: { like: 'into messages' }, nth: 1, when: 'before' },
  },
  'message uncommitted': {
    own: { which: { like: 'into messages' }, nth: 1, when: 'uncommitted' },
    control: { which: { like: 'into messages' }, nth: 1, when: 'uncommitted' },
  },
  'message committed': {
    own: { which: { like: 'into messages' }, nth: 1, when: 'committed' },
    control: { which: { like: 'into messages' }, nth: 1, when: 'committed' },
  },
}

/** Ways in which a message arrives; each writes other keys. */
const kinds: Record<string, (world: World, fresh: Account) => Promise<Sent>> = {
  'first message of a contact': ({ traffic }, fresh) => traffic.direct(fresh),
  'a message': ({ traffic }) => traffic.direct(friend(traffic)),
  'copy of an own message': ({ traffic }) => traffic.own(friend(traffic)),
  'message in a group': ({ traffic }) => traffic.inGroup(friend(traffic)),
  'without encryption': ({ traffic }) => traffic.direct(friend(traffic), { plain: true }),
}

export const killBetweenCommits: Fault = {
  id: 'F04',
  name: 'kill -9 between ratchet, receipt and message',
  injection: `SIGKILL at ${Object.keys(points).length} exact points on the way of one message, for ${Object.keys(kinds).length} kinds of message, from the driver; nobody sends a message again`,
  promise: 'one row for each message, from every point',
  async run({ quick, random, open, say, figure, control }) {
    const world = await open({ control: true, shim: true })
    const { traffic } = world
    // All have exchanged messages before, so that each kind is as named.
    for (const send of Object.values(kinds)) await send(world, friend(traffic))
    await Promise.all([world.drained(), idle(world)])
    const all = Object.keys(kinds).flatMap((kind) => Object.keys(points).map((point) => ({ kind, point })))
    const runs = quick ? random.shuffle(all).slice(0, 5) : all
    let reached = 0
    let controlReached = 0
    for (const [index, { kind, point }] of runs.entries()) {
      const fresh = world.loopback.account({ pn: `62833300${1000 + index}`, name: `Newcomer ${index}` })
      for (const { phone } of world.loopback.accounts()) phone.sendsAgain = false
      const { own, control: other } = points[point] ?? {}
      if (own) await world.gateway.order({ do: 'die', ...own })
      if (other) await world.control.order({ do: 'die', ...other })
      const receipted =
        own === undefined && atReceipt(world.loopback, world.companion, 1, () => world.gateway.signal('SIGKILL'))
      const otherReceipted =
        other === undefined && atReceipt(world.loopback, world.control.companion, 1, () => void world.control.kill())
      await kinds[kind]?.(world, fresh)
      await Promise.all([receipted, otherReceipted])
      const [died, controlDied] = await Promise.all([inTime(world.gateway.ended), inTime(world.control.ended())])
      reached += Number(died)
      controlReached += Number(controlDied)
      await Promise.all([world.kill(), world.control.kill()])
      await Promise.all([world.start(), world.control.start()])
      await Promise.all([world.drained(), idle(world)])
      if (index % 7 === 6) say(`${index + 1} of ${runs.length} points`)
    }
    figure('points', runs.length)
    figure('reached', reached)
    const lost = await world.control.lost(traffic)
    control('reached', controlReached)
    control('lost', lost.length)
  },
}

const friend = ({ contacts }: World['traffic']): Account => {
  const [first] = contacts
  return first
}

const idle = async ({ control }: World) => {
  while (control.companion.queue.size > 0) await pause(10)
}

const reachMs = 2_500

/** Whether a message of this kind passes the point. */
const inTime = async (ended: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    ended.then(
      () => true,
      () => false,
    ),
    pause(reachMs, false),
  ])
