import { pair, type TestClient } from '../../loopback/test-client.ts'
import type { Fault } from './fault.ts'
import type { Chat } from './harness/receivers.ts'
import { killOnTheWay, type SendingPoint, sendWell, settled } from './harness/sending.ts'
import { wait } from './harness/until.ts'
import type { World } from './harness/world.ts'

/** Where keys may be lost or used twice. */
const points: readonly SendingPoint[] = [
  'claimed',
  'before the keys',
  'keys committed',
  'at WhatsApp',
  'before the end is stored',
]

export const severalDevices: Fault = {
  id: 'F57',
  name: 'kill -9 while sending to people with several devices',
  injection: `SIGKILL at ${points.length} exact points on the way of a message to a person with a second device, and to a group in which that person and two others are; the account has a second device of its own`,
  promise:
    'each device, those of the account included, has each accepted message under one id, readable, and the next one',
  async run({ quick, random, open, figure, check }) {
    const world = await open({ shim: true })
    const [receiver, ...others] = world.traffic.contacts.slice(0, 3)
    if (receiver === undefined) return
    const devices = {
      'of the receiver': await deviceOf(world, receiver),
      'of the account': await deviceOf(world, world.owner),
    }
    const group = world.loopback.group({ subject: 'Devices', members: [world.owner, receiver, ...others] })
    const chats: Chat[] = [
      { jid: receiver.pn, receivers: [receiver] },
      { jid: group.jid, receivers: [receiver, ...others] },
    ]
    for (const chat of chats) await sendWell(world, chat)
    const all = chats.flatMap((chat) => points.map((point) => ({ chat, point })))
    const runs = quick ? random.shuffle(all).slice(0, 1) : [...all, ...random.shuffle(all)]
    const wrong: string[] = []
    let reached = 0
    for (const [index, { chat, point }] of runs.entries()) {
      const texts = { killed: `to devices ${index}`, next: `next ${index}` }
      reached += Number(await killOnTheWay(world, chat, texts.killed, point))
      await world.kill()
      await world.start()
      const accepted = await settled(world, chat, texts.killed)
      if (accepted === undefined) wrong.push(`${point}: it was accepted, and is not stored`)
      await sendWell(world, chat, texts.next)
      for (const [whose, device] of Object.entries(devices))
        for (const text of Object.values(texts)) {
          const count = await device.countOf(text)
          if (count !== 1) wrong.push(`${point}, ${chat.jid}, ${whose}: ${count} times ${text}`)
        }
    }
    figure('points', runs.length)
    figure('reached', reached)
    check(wrong.length === 0, `each device has each message, once: ${wrong.slice(0, 5).join('; ')}`)
  },
}

type Account = World['owner']

/** A linked client of the account: what it has read, by id. */
const deviceOf = async (world: World, account: Account) => {
  const read = new Map<string, string>()
  const client = await linked(world, account)
  client.sock.ev.on('messages.upsert', ({ messages }) => {
    for (const { key, message } of messages) {
      const text = message?.extendedTextMessage?.text
      if (key.id && text) read.set(key.id, text)
    }
  })
  const countOf = async (text: string) => {
    const count = () => [...read.values()].filter((one) => one === text).length
    await wait(() => count() > 0 || undefined, readMs)
    return count()
  }
  return { countOf }
}

/** A receiver that cannot read a message asks for it again; a busy machine takes long. */
const readMs = 30_000

const linked = async (world: World, account: Account): Promise<TestClient> => {
  const client = await pair(world.loopback, account)
  world.onClose(() => client.end())
  await account.phone.sendHistory({}, client.companion)
  return client
}
