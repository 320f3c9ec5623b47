import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { type Chat, kindsOfChats, Phones } from './harness/receivers.ts'
import { type Shown, sendWell } from './harness/sending.ts'
import { until, wait } from './harness/until.ts'
import type { World } from './harness/world.ts'

/** How long callers go on asking: for as many starts of the gateway as there are kills, on a busy machine too. */
const answerMs = 600_000

export const callersAskAgain: Fault = {
  id: 'F60',
  name: 'kill -9 while many callers send, who ask again with their keys',
  injection:
    'callers send, react and vote at once in a chat with a person and in a group, each with a key of its own, and ask again with the same key until there is an answer; SIGKILL at random moments meanwhile',
  promise:
    'each caller has one message, whatever it was answered before; each receiver shows it once, and it is stored once; each reaction and each vote is shown by each receiver',
  async run({ quick, random, open, figure, check }) {
    const [callers, kills] = quick ? [12, 1] : [100, 20]
    const world = await open()
    const phones = new Phones(world.loopback)
    const chats = ['a person', 'a group'].flatMap((kind) => kindsOfChats[kind]?.(world, 0) ?? [])
    for (const chat of chats) await sendWell(world, chat)
    const orders = Array.from({ length: callers }, (_, n) => ({ text: `order ${n}`, chat: random.pick(chats) }))
    const sayings = await Promise.all(chats.flatMap((chat) => [toReact(world, chat), toVote(world, chat)]))
    const moments = Array.from({ length: kills }, () => random.int(50, 800))
    const sending = Promise.all(orders.map((order) => askUntilAnswered(world, order)))
    const saying = Promise.all(sayings.map((one) => say(world, one)))
    for (const ms of moments) {
      await pause(ms)
      await world.kill()
      await world.start({ offline: true })
      await world.online()
    }
    const answers = await sending
    await saying
    const wrong: string[] = []
    for (const [n, { text, chat }] of orders.entries()) {
      const [first, again] = [answers[n]?.id, (await askUntilAnswered(world, { text, chat })).id]
      if (first !== again) wrong.push(`${text}: first ${first}, then ${again}`)
      for (const receiver of chat.receivers) {
        const shown = await phones.countOf(receiver, text, true)
        if (shown !== 1) wrong.push(`${text}: ${shown} of ${receiver.pn}`)
      }
    }
    for (const one of sayings) {
      await say(world, one, 200)
      for (const receiver of one.chat.receivers)
        if (!(await shows(receiver, one, world.owner))) wrong.push(`${one.path} is not shown by ${receiver.pn}`)
    }
    figure('callers', callers + sayings.length)
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

/** What a caller says of a message that was sent before. */
interface Saying {
  chat: Chat
  target: Shown
  path: 'reaction' | 'vote'
  body: object
}

const toReact = async (world: World, chat: Chat): Promise<Saying> => {
  const target = await sendWell(world, chat, 'what is thought of this?')
  return { chat, target, path: 'reaction', body: { emoji: '👍' } }
}

const toVote = async (world: World, chat: Chat): Promise<Saying> => {
  const poll = { type: 'poll', to: chat.jid, name: 'When?', options: ['now', 'later'], selectableCount: 1 }
  const { body } = await world.call('POST', `/sessions/${world.sessionId}/messages`, poll)
  return { chat, target: body as Shown, path: 'vote', body: { options: ['now'] } }
}

/** Asks again, under the same key, until the answer has this status; absent = until there is one that is no refusal. */
const say = ({ call, sessionId }: World, { target, path, body }: Saying, wanted?: number) =>
  until(
    `an answer to a ${path}`,
    async () => {
      const key = { 'Idempotency-Key': `${path}-${target.id}` }
      const where = `/sessions/${sessionId}/messages/${target.id}/${path}`
      const status = await call('POST', where, body, key).then(
        (answer) => answer.status,
        () => undefined,
      )
      const isGood = wanted === undefined ? status === 200 || status === 202 : status === wanted
      return isGood || undefined
    },
    answerMs,
  )

/** Whether the phone shows it as what this account has said, and nothing else of it. */
const shows = ({ phone }: Account, { target, path }: Saying, { pn }: Account): Promise<true | undefined> =>
  wait(() => {
    const { reactions = [], votes = [] } = phone.screen.find(target.waMessageId) ?? {}
    const said =
      path === 'vote'
        ? votes.map(({ from, options }) => [from, ...options])
        : reactions.map(({ from, emoji }) => [from, emoji])
    return said.join() === [pn, path === 'vote' ? 'now' : '👍'].join() || undefined
  }, shownMs)

/** A receiver that cannot read it asks for it again. */
const shownMs = 5_000
