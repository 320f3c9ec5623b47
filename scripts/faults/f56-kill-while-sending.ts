import { startControl } from './control/control.ts'
import type { Fault, FaultRun } from './fault.ts'
import { kindsOfChats, Phones } from './harness/receivers.ts'
import { killOnTheWay, type SendingPoint, sendingPoints, sendWell, settled } from './harness/sending.ts'
import type { World } from './harness/world.ts'
import type { Order } from './shim/orders.ts'

const kinds = Object.keys(kindsOfChats)
const points = Object.keys(sendingPoints) as SendingPoint[]

export const killWhileSending: Fault = {
  id: 'F56',
  name: 'kill -9 on the way of a message out',
  injection: `SIGKILL at ${points.length} exact points on the way of a message from the API to WhatsApp, for ${kinds.length} kinds of receivers; the caller never asks again. The control sends, stores, and then answers, and half of its callers ask again when there is no answer`,
  promise: 'each receiver shows each accepted message once and can read it and the next one; no other message is shown',
  async run(run) {
    const { quick, random, open, say, figure, check } = run
    const world = await open({ shim: true })
    const phones = new Phones(world.loopback)
    for (const kind of kinds) await sendWell(world, chatOf(world, kind, 0))
    const all = kinds.flatMap((kind) => points.map((point) => ({ kind, point })))
    const runs = quick ? random.shuffle(all).slice(0, 5) : [...all, ...random.shuffle(all), ...random.shuffle(all)]
    const counts = { reached: 0, accepted: 0 }
    const wrong: string[] = []
    for (const [index, { kind, point }] of runs.entries()) {
      const chat = chatOf(world, kind, index + 1)
      const text = `message ${index}`
      counts.reached += Number(await killOnTheWay(world, chat, text, point))
      await world.kill()
      await world.start()
      const accepted = await settled(world, chat, text)
      counts.accepted += Number(accepted !== undefined)
      await sendWell(world, chat, `after ${index}`)
      for (const receiver of chat.receivers) {
        const seen = await phones.countOf(receiver, text, accepted !== undefined)
        if (seen !== Number(accepted !== undefined)) wrong.push(`${point}, ${kind}: ${seen} of ${receiver.pn}`)
        const next = await phones.countOf(receiver, `after ${index}`, true)
        if (next !== 1) wrong.push(`${point}, ${kind}: the next, ${next} of ${receiver.pn}`)
      }
      if (index % 12 === 11) say(`${index + 1} of ${runs.length} points`)
    }
    figure('points', runs.length)
    figure('reached', counts.reached)
    figure('accepted', counts.accepted)
    check(wrong.length === 0, `receivers show what was accepted, once: ${wrong.slice(0, 5).join('; ')}`)
    await killControl(run)
  },
}

const chatOf = (world: World, kind: string, n: number) => {
  const make = kindsOfChats[kind]
  if (make === undefined) throw new Error(`no kind of chat is called ${kind}`)
  return make(world, n)
}

/** The control may lose what it sends: it is not waited for as long. */
const controlMs = 5_000

/** Where the control is killed: the library has written the message to WhatsApp's socket in each case. */
const controlPoints: Record<string, Order> = {
  'before the keys': { do: 'die', which: { like: 'into keys' }, nth: 1, when: 'before' },
  'before it is stored': { do: 'die', which: { like: 'into sent' }, nth: 1, when: 'before' },
}

/** What the usual way does: with a caller who asks again when there was no answer, and with one who does not. */
const killControl = async ({ quick, random, open, control: figure }: FaultRun) => {
  // A world of its own: what it makes unreadable would be unreadable for the gateway, too.
  const world = await open({ bare: true })
  const control = await startControl(world.loopback, world.owner)
  world.onClose(() => control.close())
  const phones = new Phones(world.loopback)
  const unreadable = new Set<string>()
  world.loopback.on('unreadable', ({ phone, id }) => void unreadable.add(`${phone} ${id}`))
  const all = ['a person', 'a group'].flatMap((kind) =>
    Object.values(controlPoints).flatMap((order) => [true, false].map((asksAgain) => ({ kind, order, asksAgain }))),
  )
  const runs = quick
    ? [random.pick(all.filter((one) => one.asksAgain)), random.pick(all.filter((one) => !one.asksAgain))]
    : random.shuffle([...all, ...all, ...all])
  const counts = { twice: 0, unstored: 0 }
  for (const [index, { kind, order, asksAgain }] of runs.entries()) {
    const chat = chatOf(world, kind, 0)
    const text = `control ${index}`
    await control.send(chat.jid, `before ${text}`)
    await control.order(order)
    const answered = await control.send(chat.jid, text)
    await control.kill()
    await control.start()
    if (asksAgain && !answered) await control.send(chat.jid, text)
    await control.send(chat.jid, `after ${text}`)
    const shown = await Promise.all(chat.receivers.map((receiver) => phones.countOf(receiver, text, true, controlMs)))
    counts.twice += Number(shown.some((count) => count > 1))
    counts.unstored += Number(shown.some((count) => count > 0) && !(await control.hasSent(text)))
  }
  figure('kills', runs.length)
  figure('shown twice', counts.twice)
  figure('shown and not stored', counts.unstored)
  figure('unreadable at first', unreadable.size)
}
