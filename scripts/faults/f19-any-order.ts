import type { Account } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { few } from './harness/invariants.ts'
import { newId } from './harness/stanza.ts'
import { type Message, readChat } from './harness/stored.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'

type Event = (world: World, contact: Account, id: string, at: number) => unknown

const minute = 60_000

/** What happens to a message that the owner wrote on the phone. */
const changed: Event[] = [
  ({ owner }, contact, id, at) => owner.phone.send(contact.pn, 'canary-text first', { id, at }),
  ({ owner }, contact, id, at) => owner.phone.edit(contact.pn, id, 'canary-text second', { at: at + minute }),
  ({ owner }, contact, id, at) => contact.phone.react(owner.pn, { id, fromMe: false }, '👍', { at: at + 2 * minute }),
  ({ owner }, contact, id) => contact.phone.sendReceipt(owner.pn, [id], 'delivery'),
  ({ owner }, contact, id) => contact.phone.sendReceipt(owner.pn, [id], 'read'),
]

const revoked: Event[] = [
  ({ owner }, contact, id, at) => owner.phone.send(contact.pn, 'canary-text first', { id, at }),
  ({ owner }, contact, id, at) => owner.phone.edit(contact.pn, id, 'canary-text second', { at: at + minute }),
  ({ owner }, contact, id, at) => owner.phone.edit(contact.pn, id, 'canary-text third', { at: at + 2 * minute }),
  ({ owner }, contact, id, at) => owner.phone.revoke(contact.pn, id, { at: at + 3 * minute }),
  ({ owner }, contact, id) => contact.phone.sendReceipt(owner.pn, [id], 'read'),
]

/** What a contact does to a message of its own. */
const received: Event[] = [
  ({ owner }, contact, id, at) => contact.phone.send(owner.pn, 'canary-text first', { id, at }),
  ({ owner }, contact, id, at) => contact.phone.edit(owner.pn, id, 'canary-text second', { at: at + minute }),
  ({ owner }, contact, id, at) => contact.phone.edit(owner.lid, id, 'canary-text third', { at: at + 2 * minute }),
  ({ owner }, contact, id, at) => owner.phone.react(contact.pn, { id, fromMe: false }, '❤️', { at: at + 2 * minute }),
  ({ owner }, contact, id, at) => contact.phone.react(owner.pn, { id, fromMe: true }, '', { at: at + 3 * minute }),
]

export const anyOrder: Fault = {
  id: 'F19',
  name: 'five events of one message, in every order',
  injection:
    'all 120 orders of message, edits, revoke, reactions and receipts, for own and for received messages; each with a message of its own',
  promise: 'the same message in the end, whatever came first',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const sets = { 'own, edited': changed, 'own, revoked': revoked, 'received, edited': received }
    for (const [index, [name, events]] of Object.entries(sets).entries()) {
      const contact = world.loopback.account({ pn: `62855500000${index}`, name: `Contact ${index}` })
      contact.phone.sendsDeliveryReceipts = false
      const orders = quick ? random.shuffle(permutations(events)).slice(0, 8) : permutations(events)
      const ids = orders.map(newId)
      const begun = Date.now() - 60 * minute
      for (const [n, order] of orders.entries())
        for (const event of order) await event(world, contact, ids[n] ?? '', begun)
      await world.caughtUp(60_000)
      const ends = await until('the last of them', async () => {
        const rows = await readChat(world.call, world.sessionId, contact.pn)
        const found = ids.flatMap((id) => rows.filter(({ waMessageId }) => waMessageId === id))
        return found.length === ids.length ? found.map(endOf) : undefined
      })
      const different = [...new Set(ends)]
      check(different.length === 1, `${name}: one end for ${orders.length} orders: ${few(different)}`)
      figure(`${name}: orders`, orders.length)
      figure('ends', different.length)
    }
  },
}

/** Everything that must not depend on the order. */
const endOf = ({ type, body, status, edited, deleted, timestamp, fromMe }: Message) =>
  JSON.stringify({ type, body, status, edited, deleted, timestamp, fromMe })

const permutations = <T>(items: T[]): T[][] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
