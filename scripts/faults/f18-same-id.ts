import type { Fault } from './fault.ts'
import { newId } from './harness/stanza.ts'
import { readStored } from './harness/stored.ts'

export const sameId: Fault = {
  id: 'F18',
  name: 'one id, several senders',
  injection: 'messages with the same id from two contacts, from two members of a group, and from the account itself',
  promise: 'each is a message of its own',
  async run({ quick, open, figure, check }) {
    const world = await open()
    const { owner, traffic } = world
    const [first, second] = traffic.contacts
    const ids = Array.from({ length: quick ? 3 : 20 }, newId)
    for (const id of ids) {
      await first.phone.send(owner.pn, 'canary-text from the first', { id })
      await second.phone.send(owner.lid, 'canary-text from the second', { id })
      await first.phone.send(traffic.group.jid, 'canary-text from the first, in the group', { id })
      await second.phone.send(traffic.group.jid, 'canary-text from the second, in the group', { id })
      await owner.phone.send(first.pn, 'canary-text to the first', { id })
    }
    await world.caughtUp()
    const { messages } = await readStored(world.call, world.sessionId)
    const rows = messages.filter(({ message }) => ids.includes(message.waMessageId))
    const bodies = new Set(rows.map(({ chat, message }) => `${chat} ${message.waMessageId} ${message.body}`))
    check(rows.length === 5 * ids.length, `five rows for each id: ${rows.length} for ${ids.length}`)
    check(bodies.size === rows.length, 'each with its own text')
    figure('ids', ids.length)
    figure('messages', rows.length)
  },
}
