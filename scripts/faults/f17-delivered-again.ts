import type { BinaryNode } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { readChat } from './harness/stored.ts'

export const deliveredAgain: Fault = {
  id: 'F17',
  name: 'the same message delivered 2 to 50 times',
  injection:
    'the same stanza again and again, before and after its receipt; the same id in a new encryption, all at once',
  promise: 'one row, one unread message, and WhatsApp is answered each time',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const { traffic, companion, loopback, call, sessionId } = world
    const stanzas = new Map<string, BinaryNode>()
    loopback.on('stanza', ({ direction, companion: to, stanza }) => {
      if (direction === 'out' && to === companion.jid && stanza.tag === 'message' && stanza.attrs.id)
        stanzas.set(stanza.attrs.id, stanza)
    })
    let deliveries = 0
    for (let n = 0; n < (quick ? 6 : 40); n += 1) {
      const { id } = await traffic.any(random)
      const again = random.int(1, 49)
      if (random.next() < 0.5) await world.drained()
      const stanza = stanzas.get(id)
      for (let more = 0; more < again && stanza; more += 1) companion.deliver(stanza)
      deliveries += again + 1
    }
    const [, , , writer] = traffic.contacts
    const unread = async () => {
      const { body } = await call('GET', `/sessions/${sessionId}/chats?limit=200`)
      const { data } = body as { data: { jid: string; unreadCount: number }[] }
      return data.find(({ jid }) => jid === writer.pn)?.unreadCount ?? 0
    }
    await world.caughtUp()
    const before = await unread()
    const { id, text } = await traffic.direct(writer)
    const copies = quick ? 20 : 50
    await Promise.all(Array.from({ length: copies }, () => writer.phone.send(world.owner.pn, text, { id })))
    deliveries += copies
    await world.caughtUp()
    const rows = (await readChat(call, sessionId, writer.pn)).filter(({ waMessageId }) => waMessageId === id)
    check(rows.length === 1, `one row for ${copies + 1} encryptions of one message: ${rows.length}`)
    check((await unread()) === before + 1, `one unread message: ${(await unread()) - before}`)
    figure('deliveries', deliveries)
    figure('messages', traffic.sent.size)
  },
}
