import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { type Chat, kindsOfChats, Phones } from './harness/receivers.ts'
import { type Shown, sendWell } from './harness/sending.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'

/** How long callers go on asking, for as many starts of the gateway as there are kills. */
const answerMs = 120_000

export const callersAskAgain: Fault = {
  id: 'F60',
  name: 'kill -9 while many callers send, who ask again with their keys',
  injection:
    'callers send at once to a person and a group, each with a key of its own, and ask again with the same key until there is an answer; SIGKILL at random moments meanwhile',
  promise:
    'each caller has one message, whatever it was answered before; each receiver shows it once, and it is stored once',
  async run({ quick, random, open, figure, check }) {
    const [callers, kills] = quick ? [12, 1] : [100, 20]
    const world = await open()
    const phones = new Phones(world.loopback)
    const chats = ['a person', 'a group'].flatMap((kind) => kindsOfChats[kind]?.(world, 0) ?? [])
    for (const chat of chats) await sendWell(world, chat)
    const orders = Array.from({ length: callers }, (_, n) => ({ text: `order ${n}`, chat: random.pick(chats) }))
    const moments = Array.from({ length: kills }, () => random.int(50, 800))
    const sending = Promise.all(orders.map((order) => askUntilAnswered(world, order)))
    for (const ms of moments) {
      await pause(ms)
      await world.kill()
      await world.start({ offline: true })
      await world.online()
    }
    const answers = await sending
    const wrong: string[] = []
    for (const [n, { text, chat }] of orders.entries()) {
      const [first, again] = [answers[n]?.id, (await askUntilAnswered(world, { text, chat })).id]
      if (first !== again) wrong.push(`${text}: first ${first}, then ${again}`)
      for (const receiver of chat.receivers) {
        const shown = await phones.countOf(receiver, text, true)
        if (shown !== 1) wrong.push(`${text}: ${shown} of ${receiver.pn}`)
      }
    }
    figure('callers', callers)
    figure('kills', kills)
    check(wrong.length === 0, `each caller has one message: ${wrong.slice(0, 5).join('; ')}`)
    check(new Set(answers.map(({ id }) => id)).size === callers, 'no two callers have the same message')
  },
}

interface SentOrder {
  text: string
  chat: Chat
}

const askUntilAnswered = ({ call, sessionId }: World, { text, chat }: SentOrder): Promise<Shown> =>
  until(
    `an answer to "${text}"`,
    async () => {
      const message = { type: 'text', to: chat.jid, text }
      const key = { 'Idempotency-Key': text.replaceAll(' ', '-') }
      const answer = await call('POST', `/sessions/${sessionId}/messages`, message, key).catch(() => undefined)
      return answer?.status === 200 || answer?.status === 202 ? (answer.body as Shown) : undefined
    },
    answerMs,
  )
