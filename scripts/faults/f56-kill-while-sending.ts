import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'
import type { Order } from './shim/orders.ts'

type Die = Omit<Extract<Order, { do: 'die' }>, 'do'>

const statement = (like: string, when: Die['when'], nth = 1): Die => ({ which: { like }, nth, when })

/** Where the process is killed on the way of a message; absent: when WhatsApp gets the message. */
const points: Record<string, Die | undefined> = {
  'before it is accepted': statement('into outgoing', 'before'),
  'acceptance uncommitted': statement('into outgoing', 'uncommitted'),
  accepted: statement('into outgoing', 'committed'),
  'before the claim': statement('update outgoing set claimed_at', 'before'),
  'claim uncommitted': statement('update outgoing set claimed_at', 'uncommitted'),
  claimed: statement('update outgoing set claimed_at', 'committed'),
  'at WhatsApp': undefined,
  'before the keys': statement('key_writes', 'before'),
  'keys committed': statement('key_writes', 'committed'),
  'before the end is stored': statement('delete from outgoing', 'before'),
  'end uncommitted': statement('delete from outgoing', 'uncommitted'),
  'end stored': statement('delete from outgoing', 'committed'),
}

interface Shown {
  id: string
  waMessageId: string
  body: string
  status: string
}

/** A chat, and the people whose phones show what is sent to it. */
interface Chat {
  jid: string
  receivers: readonly Account[]
}

/** Kinds of receivers; each needs other keys. */
const kinds: Record<string, (world: World, n: number) => Chat> = {
  'a person for the first time': (world, n) => direct(world.loopback.account({ pn: `6283340${10_000 + n}` })),
  'a person': (world) => direct(world.traffic.contacts[0]),
  'a group for the first time': (world, n) => groupOf(world, `Group ${n}`),
  'a group': (world) => known.get(world) ?? remember(world, groupOf(world, 'Kitchen')),
}

const known = new WeakMap<World, Chat>()
const remember = (world: World, chat: Chat) => {
  known.set(world, chat)
  return chat
}
const direct = (account: Account): Chat => ({ jid: account.pn, receivers: [account] })
const groupOf = ({ loopback, owner, traffic }: World, subject: string): Chat => {
  const receivers = traffic.contacts.slice(0, 3)
  return { jid: loopback.group({ subject, members: [owner, ...receivers] }).jid, receivers }
}

export const killWhileSending: Fault = {
  id: 'F56',
  name: 'kill -9 on the way of a message out',
  injection: `SIGKILL at ${Object.keys(points).length} exact points on the way of a message from the API to WhatsApp, for ${Object.keys(kinds).length} kinds of receivers; the caller never asks again`,
  promise: 'each receiver shows each accepted message once and can read it and the next one; no other message is shown',
  async run({ quick, random, open, say, figure, check }) {
    const world = await open({ shim: true })
    const phones = listen(world)
    for (const chat of Object.values(kinds)) await sendWell(world, chat(world, 0))
    const all = Object.keys(kinds).flatMap((kind) => Object.keys(points).map((point) => ({ kind, point })))
    const runs = quick ? random.shuffle(all).slice(0, 5) : [...all, ...random.shuffle(all), ...random.shuffle(all)]
    const counts = { reached: 0, accepted: 0 }
    const wrong: string[] = []
    for (const [index, { kind, point }] of runs.entries()) {
      const chat = kinds[kind]?.(world, index + 1)
      if (chat === undefined) continue
      const text = `message ${index}`
      counts.reached += Number(await killOnTheWay(world, chat, text, points[point]))
      await world.kill()
      await world.start()
      const accepted = await settled(world, chat, text)
      counts.accepted += Number(accepted !== undefined)
      const after = await sendWell(world, chat, `after ${index}`)
      for (const receiver of chat.receivers) {
        const seen = await shownBy(phones, receiver, text, accepted)
        if (seen !== (accepted === undefined ? 0 : 1)) wrong.push(`${point}, ${kind}: ${seen} of ${receiver.pn}`)
        const next = await shownBy(phones, receiver, `after ${index}`, after)
        if (next !== 1) wrong.push(`${point}, ${kind}: the next, ${next} of ${receiver.pn}`)
      }
      if (index % 12 === 11) say(`${index + 1} of ${runs.length} points`)
    }
    figure('points', runs.length)
    figure('reached', counts.reached)
    figure('accepted', counts.accepted)
    check(wrong.length === 0, `receivers show what was accepted, once: ${wrong.slice(0, 5).join('; ')}`)
  },
}

/** The texts that each phone shows, by the id of their message: a second copy under one id is the same message. */
type Phones = Map<string, Map<string, string>>

const listen = ({ loopback }: World): Phones => {
  const phones: Phones = new Map()
  loopback.on('message', ({ phone, id, ownCopy, message }) => {
    const text = message.extendedTextMessage?.text
    if (ownCopy || !text) return
    const shown = phones.get(phone) ?? new Map<string, string>()
    phones.set(phone, shown.set(id, text))
  })
  return phones
}

/** How many messages with this text a phone shows, once it has had time to show the accepted one. */
const shownBy = async (phones: Phones, { pn }: Account, text: string, accepted: Shown | undefined): Promise<number> => {
  const count = () => [...(phones.get(pn)?.values() ?? [])].filter((one) => one === text).length
  const deadline = performance.now() + readMs
  while (accepted !== undefined && count() === 0 && performance.now() < deadline) await pause(10)
  return count()
}

/** A receiver that cannot read a message asks for it again. */
const readMs = 5_000
const reachMs = 5_000

const post = ({ call, sessionId }: World, chat: Chat, text: string) =>
  call('POST', `/sessions/${sessionId}/messages`, { type: 'text', to: chat.jid, text })

const sendWell = async (world: World, chat: Chat, text = 'before'): Promise<Shown> =>
  until('a message to be sent', async () => {
    const { status, body } = await post(world, chat, text)
    // What was accepted is not sent a second time.
    return status === 200 || status === 202 ? (body as Shown) : undefined
  })

/** @returns whether the process died there */
const killOnTheWay = async (world: World, chat: Chat, text: string, point: Die | undefined): Promise<boolean> => {
  const { gateway, loopback } = world
  if (point !== undefined) await gateway.order({ do: 'die', ...point })
  const stop = loopback.on('stanza', ({ direction, stanza }) => {
    const isOurs = point === undefined && direction === 'in' && stanza.tag === 'message' && stanza.attrs.to === chat.jid
    if (isOurs) gateway.signal('SIGKILL')
  })
  const answered = post(world, chat, text).then(
    () => false,
    () => false,
  )
  const died = gateway.ended.then(
    () => true,
    () => true,
  )
  const isDead = await Promise.race([died, answered.then(() => Promise.race([died, pause(reachMs, false)]))])
  stop()
  return isDead
}

/** The message as it is stored, once it is known how it ended; undefined when it was not accepted. */
const settled = ({ call, sessionId }: World, chat: Chat, text: string): Promise<Shown | undefined> =>
  until(`how "${text}" has ended`, async () => {
    const { status, body } = await call('GET', `/sessions/${sessionId}/chats/${chat.jid}/messages`)
    const found = status === 200 ? (body as { data: Shown[] }).data.filter((one) => one.body === text) : []
    if (found.length > 1) throw new Error(`"${text}" is stored ${found.length} times`)
    const [only] = found
    if (only?.status === 'pending') return undefined
    return [only]
  }).then(([only]) => only)
