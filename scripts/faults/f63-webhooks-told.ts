import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { followEvents } from './harness/event-reader.ts'
import { few } from './harness/invariants.ts'
import { until } from './harness/until.ts'
import { type Delivered, startReceiver, startSilence, type WebhookReceiver } from './harness/webhook-receiver.ts'
import type { World } from './harness/world.ts'

const perSecond = 50
/** One answer in so many is 500. */
const fails = 20

export const webhooksTold: Fault = {
  id: 'F63',
  name: 'kill -9 while webhooks are told',
  injection: `SIGKILL at a random moment of the first 0.8 s after each login, while ${perSecond} messages a second arrive, a receiver answers every ${fails}th call with 500, and 50 others never answer`,
  promise:
    'every message is delivered to the healthy receiver and signed, none that is not stored, under one id however often, and in the order of its chat',
  async run({ quick, random, open, say, figure, check, control }) {
    const kills = quick ? 2 : 200
    const world = await open({ env: { OUTBOUND_ALLOW_PRIVATE: '127.0.0.0/8', WEBHOOKS_PER_ORGANIZATION: '0' } })
    const receiver = await startReceiver(() => (random.int(1, fails) === fails ? 500 : 204))
    const silence = await startSilence()
    const forgetful = followEvents({ url: () => world.gateway.url, token: world.token, resumes: false })
    world.onClose(() => Promise.all([receiver.close(), silence.close(), forgetful.close()]))
    receiver.trust(await createWebhook(world, receiver.url, 1))
    for (let dead = quick ? 5 : 50; dead > 0; dead -= 1) await createWebhook(world, `${silence.url}${dead}`)
    await until('the reader to be connected', () => forgetful.connections || undefined)

    const done = Promise.withResolvers<void>()
    const flow = world.traffic.flow(random, perSecond, done.promise)
    for (let kill = 1; kill <= kills; kill += 1) {
      await pause(random.int(0, 800))
      await world.kill()
      await world.start({ offline: true })
      await world.online()
      if (kill % 10 === 0) say(`${kill} of ${kills} kills, ${receiver.delivered.length} deliveries`)
    }
    done.resolve()
    await flow
    await world.drained()
    await world.caughtUp()
    const sent = [...world.traffic.sent.keys()]
    await until(
      'the receiver to have every message',
      () => lostOf(sent, taken(receiver)).length === 0 || undefined,
    ).catch(() => {})

    const lost = lostOf(sent, taken(receiver))
    check(lost.length === 0, `every message is delivered: ${lost.length} are not, ${few(lost)}`)
    const messages = receiver.delivered.filter(({ waMessageId }) => waMessageId !== undefined)
    const invented = messages.filter(({ waMessageId = '' }) => !world.traffic.sent.has(waMessageId))
    check(invented.length === 0, `nothing is told that did not happen: ${few(invented.map(({ id }) => id))}`)
    const renamed = renamedIn(receiver.delivered)
    check(renamed.length === 0, `an event has one id however often it comes: ${few(renamed)}`)
    const early = overtakenIn(taken(receiver))
    check(early.length === 0, `the events of a chat come in their order: ${few(early)}`)
    check(receiver.unsigned === 0, `everything is signed: ${receiver.unsigned} are not`)
    figure('kills', kills)
    figure('messages', sent.length)
    figure('deliveries', receiver.delivered.length)
    figure('answered with 500', receiver.delivered.filter(({ status }) => status === 500).length)
    control('a reader that does not say how far it had come', `missed ${lostOf(sent, forgetful.told).length}`)
  },
}

/** @returns its secret */
const createWebhook = async (world: World, url: string, delaySeconds = 60): Promise<string> => {
  const retryPolicy = { policy: 'constant', delaySeconds }
  const body = { url, events: ['message', 'message.from_me'], retryPolicy }
  const { status, body: created, text } = await world.call('POST', '/webhooks', body)
  if (status !== 201) throw new Error(`no webhook: ${status} ${text}`)
  return (created as { secret: string }).secret
}

const taken = ({ delivered }: WebhookReceiver) => delivered.filter(({ status }) => status === 204)

const lostOf = (sent: readonly string[], told: readonly { waMessageId?: string }[]): string[] => {
  const heard = new Set(told.map(({ waMessageId }) => waMessageId))
  return sent.filter((id) => !heard.has(id))
}

/** Positions that came under more than one id. */
const renamedIn = (delivered: readonly Delivered[]): string[] => {
  const ids = new Map<number, string>()
  return delivered.flatMap(({ position, id }) => {
    const known = ids.get(position) ?? id
    ids.set(position, known)
    return known === id ? [] : [`${position}: ${known} and ${id}`]
  })
}

/** What was taken for the first time after something later of its chat. */
const overtakenIn = (delivered: readonly Delivered[]): string[] => {
  const newest = new Map<string | undefined, number>()
  const known = new Set<number>()
  return delivered.flatMap(({ chat, position, id }) => {
    if (known.has(position)) return []
    known.add(position)
    const before = newest.get(chat) ?? 0
    newest.set(chat, Math.max(before, position))
    return position < before ? [id] : []
  })
}
