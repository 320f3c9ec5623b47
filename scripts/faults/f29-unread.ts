import type { Account } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { few } from './harness/invariants.ts'
import { stanza } from './harness/stanza.ts'
import type { Chat } from './harness/stored.ts'
import { wait } from './harness/until.ts'
import type { World } from './harness/world.ts'

export const unread: Fault = {
  id: 'F29',
  name: 'unread counters against a model',
  injection:
    'random messages, own messages, reads over the API, reads on the phone, history with a counter of its own, and restarts; in bursts, beside concurrent reads of the list',
  promise: 'after each burst every counter is what the model says, and it was never anything impossible',
  async run({ quick, random, open, say, figure, check }) {
    const operations = quick ? 400 : 10_000
    const world = await open()
    const { call, sessionId, companion, traffic, owner } = world
    const people = traffic.contacts
    const model = new Map(people.map(({ pn }) => [pn, 0]))
    const wrong: string[] = []
    let done = 0
    let checks = 0

    const counters = async () => {
      const { body } = await call('GET', `/sessions/${sessionId}/chats?limit=200`)
      return new Map((body as { data: Chat[] }).data.map(({ jid, unreadCount }) => [jid, unreadCount]))
    }
    const receive = (from: Account) => {
      companion.deliver(stanza({ from: from.pn, attrs: { sender_lid: from.lid } }))
      model.set(from.pn, (model.get(from.pn) ?? 0) + 1)
    }
    const agree = async () => {
      await world.drained()
      checks += 1
      const seen = await wait(async () => {
        const found = await counters()
        return people.every(({ pn }) => (found.get(pn) ?? 0) === model.get(pn)) ? found : undefined
      }, 10_000)
      if (seen !== undefined) return
      const found = await counters()
      for (const { pn } of people)
        if ((found.get(pn) ?? 0) !== model.get(pn))
          wrong.push(`after ${done}: ${found.get(pn)} and not ${model.get(pn)}`)
      for (const { pn } of people) model.set(pn, found.get(pn) ?? 0)
    }

    for (const person of people) receive(person)
    await agree()
    while (done < operations && wrong.length < 5) {
      const burst = random.int(1, 60)
      for (let n = 0; n < burst; n += 1) {
        if (random.next() < 0.9) receive(random.pick(people))
        else await traffic.own(random.pick(people), { plain: true })
        if (n % 20 === 0) {
          const found = await counters()
          for (const [pn, most] of model)
            if ((found.get(pn) ?? 0) > most) wrong.push(`after ${done}: ${found.get(pn)} of at most ${most}`)
        }
      }
      done += burst
      await agree()
      done += await clear(world, random.pick(people), random.pick(clearings), model)
      await agree()
      if (random.next() < (quick ? 0.1 : 0.02)) {
        await world.kill()
        await world.start()
        done += 1
        await agree()
      }
      if (done % 2_000 < 60) say(`${done} operations`)
    }
    await owner.phone.sendHistory({}, companion)
    check(wrong.length === 0, `every counter is right: ${few(wrong)}`)
    figure('operations', done)
    figure('comparisons', checks)
  },
}

const clearings = ['api', 'api twice', 'phone', 'setting', 'history'] as const

/** One of the ways in which a counter is set. @returns how many operations it was */
const clear = async (
  { call, sessionId, owner, companion }: World,
  { pn }: Account,
  how: (typeof clearings)[number],
  model: Map<string, number>,
): Promise<number> => {
  const read = () => call('POST', `/sessions/${sessionId}/chats/${pn}/read`)
  switch (how) {
    case 'api':
      await read()
      model.set(pn, 0)
      return 1
    case 'api twice':
      await Promise.all([read(), read()])
      model.set(pn, 0)
      return 2
    case 'phone':
    case 'setting': {
      const { body } = await call('GET', `/sessions/${sessionId}/chats/${pn}/messages?limit=1`)
      const [last] = (body as { data: { waMessageId: string }[] }).data
      owner.phone.readOwn(pn, [last?.waMessageId ?? ''])
      model.set(pn, 0)
      return 1
    }
    case 'history':
      await owner.phone.sendHistory({ type: 'recent', chats: [{ jid: pn, unreadCount: 7 }] }, companion)
      model.set(pn, 7)
      return 1
  }
}
