import { setTimeout as pause } from 'node:timers/promises'
import { node } from '../../loopback/wire/nodes.ts'
import type { Fault } from './fault.ts'
import { type EventReader, followEvents, type Told } from './harness/event-reader.ts'
import { few } from './harness/invariants.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'

const perSecond = 50

export const eventsTold: Fault = {
  id: 'F62',
  name: 'kill -9 while events are sent',
  injection: `SIGKILL at a random moment of the first 0.8 s after each login, while ${perSecond} messages a second arrive, and just after the account's phone joined a channel; and a reader of the stream of events whose connection breaks before every other one`,
  promise:
    'the reader is sent every message and every channel, none that is not stored, each event once, in the order of positions',
  async run({ quick, random, open, say, figure, check, control }) {
    const kills = quick ? 3 : 200
    const world = await open()
    const parts = { url: () => world.gateway.url, token: world.token }
    const reader = followEvents({ ...parts, resumes: true })
    const forgetful = followEvents({ ...parts, resumes: false })
    world.onClose(() => Promise.all([reader.close(), forgetful.close()]))
    await until('both readers to be connected', () => (reader.connections && forgetful.connections) || undefined)

    const done = Promise.withResolvers<void>()
    const flow = world.traffic.flow(random, perSecond, done.promise)
    for (let kill = 1; kill <= kills; kill += 1) {
      await pause(random.int(0, 800))
      if (kill % 2 === 0) {
        for (const one of [reader, forgetful]) one.drop()
        await pause(random.int(0, 1_000))
      }
      join(world, channelOf(kill))
      await pause(random.int(0, 20))
      await world.kill()
      await world.start({ offline: true })
      await world.online()
      if (kill % 10 === 0) say(`${kill} of ${kills} kills, ${reader.told.length} events`)
    }
    done.resolve()
    await flow
    await world.drained()
    await world.caughtUp()
    const { told } = reader
    const sent = [...world.traffic.sent.keys()]
    // One that had to be asked for again may be stored after those that came later.
    await until('the reader to have every message', () => lostOf(sent, told).length === 0 || undefined).catch(() => {})
    await atTheEnd(world, reader)

    const lost = lostOf(sent, told)
    check(lost.length === 0, `every message is told: ${lost.length} are not, ${few(lost)}`)
    const messages = told.filter(({ event }) => event === 'message' || event === 'message.from_me')
    const invented = messages.filter(({ waMessageId = '' }) => !world.traffic.sent.has(waMessageId))
    check(invented.length === 0, `nothing is told that did not happen: ${few(invented.map(({ id }) => id))}`)
    const twice = messages.length - new Set(messages.map(({ waMessageId }) => waMessageId)).size
    check(twice === 0, `each message is told once: ${twice} again`)
    const channels = told.flatMap(({ channel }) => channel ?? [])
    const joined = Array.from({ length: kills }, (_, n) => channelOf(n + 1))
    const missing = joined.filter((channel) => !channels.includes(channel))
    check(missing.length === 0, `every channel is told: ${missing.length} are not, ${few(missing)}`)
    check(channels.length === new Set(channels).size, `each channel is told once: ${channels.length} of ${kills}`)
    const back = told.find(({ position }, index) => position <= (told[index - 1]?.position ?? 0))
    check(back === undefined, `positions rise: ${back?.position} comes after a greater one`)
    check(reader.gaps === 0, `the reader is told of no gap: ${reader.gaps}`)
    figure('kills', kills)
    figure('messages', sent.length)
    figure('channels', joined.length)
    figure('events', told.length)
    figure('connections of the reader', reader.connections)
    control('a reader that does not say how far it had come', `missed ${lostOf(sent, forgetful.told).length}`)
  },
}

const channelOf = (kill: number) => `1203630000${String(kill).padStart(8, '0')}@newsletter`

/** The account's phone joins a channel, of which WhatsApp notifies the others of its devices. */
const join = ({ companion }: World, channel: string) => {
  const said = Buffer.from(JSON.stringify({ data: { xwa2_notify_newsletter_on_join: { id: channel } } }))
  companion.notify('mex', { from: 's.whatsapp.net' }, [node('update', { op_name: 'any' }, said)])
}

const lostOf = (sent: readonly string[], told: readonly Told[]): string[] => {
  const heard = new Set(told.map(({ waMessageId }) => waMessageId))
  return sent.filter((id) => !heard.has(id))
}

/** Resolves when the reader has everything that the log has. */
const atTheEnd = async (world: World, { told }: EventReader) => {
  const { body } = await world.call('GET', '/events')
  const { position } = body as { position: number }
  await until('the reader to have every event', () => (told.at(-1)?.position ?? 0) >= position || undefined)
}
