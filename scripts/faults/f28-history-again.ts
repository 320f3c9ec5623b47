import type { Fault } from './fault.ts'
import { readStored } from './harness/stored.ts'

export const historyAgain: Fault = {
  id: 'F28',
  name: 'the whole history sent again',
  injection:
    'the same history twice more, once with its chunks the other way round, after messages have come and chats were read',
  promise: 'no new row, no changed message, no changed counter that WhatsApp did not say',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const { owner, traffic, call, sessionId, companion } = world
    const count = quick ? 60 : 1_000
    const begun = Date.now() - 30 * 24 * 3_600_000
    const chunks = traffic.contacts.map((contact, index) => ({
      jid: contact.pn,
      name: `Contact ${index}`,
      unreadCount: index,
      messages: Array.from({ length: count }, (_, n) => ({
        id: `H${index}X${count - n}`,
        at: begun + (count - n) * 60_000,
        fromMe: n % 3 === 0 && n >= index,
        content: `canary-text of old ${n}`,
      })),
    }))
    const send = async (order: typeof chunks) => {
      for (const [index, chat] of order.entries())
        await owner.phone.sendHistory({ type: 'recent', chats: [chat], chunkOrder: index + 1 }, companion)
      await world.settled()
    }
    const snapshot = async () => {
      const { chats, messages } = await readStored(call, sessionId)
      const own = new Set([...traffic.contacts.map(({ pn }) => pn), traffic.group.jid])
      return {
        chats: chats.filter(({ jid }) => own.has(jid)),
        messages: messages.filter(({ chat }) => own.has(chat)).map(({ message }) => message),
      }
    }
    await send(chunks)
    for (let n = 0; n < 20; n += 1) await traffic.any(random)
    await world.caughtUp()
    const before = await snapshot()
    await send(chunks)
    await send(chunks.toReversed())
    const after = await snapshot()
    const rows = after.messages.length - before.messages.length
    check(rows === 0, `no new row: ${rows}`)
    const known = new Map(after.messages.map((message) => [message.id, JSON.stringify(message)]))
    const changed = before.messages.filter((message) => known.get(message.id) !== JSON.stringify(message))
    check(changed.length === 0, `no message has changed: ${changed.length}`)
    const counters = ({ chats }: typeof before) => chats.map(({ jid, unreadCount }) => `${jid} ${unreadCount}`).sort()
    const said = new Map(chunks.map(({ jid, unreadCount }) => [jid, unreadCount]))
    const wrong = after.chats.filter(({ jid, unreadCount }) => said.has(jid) && said.get(jid) !== unreadCount)
    check(wrong.length === 0, `counters are what the history says: ${counters(after).join(', ')}`)
    figure('messages of history', count * chunks.length)
    figure('sent', '3 times')
    figure('new rows', rows)
  },
}
