/** Nothing that WhatsApp was told we have is lost, wherever the process or the connection ends. The senders never send again. */
import { describe, expect, test, vi } from 'vitest'
import type { Loopback } from '../../../loopback/index.ts'
import { inWorlds, journals, type Moment, stores, type World } from '../test-world.ts'

let wa: Loopback
let world: World

inWorlds((...made) => {
  ;[wa, world] = made
})

/** Where a process can end on the way of one message, and whether its receipt is out then. */
const points = {
  'before its keys are written': {
    at: (moment: Moment) => moment.when === 'before' && journals(moment),
    receipted: false,
  },
  'before its receipt': { at: (moment: Moment) => moment.when === 'after' && journals(moment), receipted: false },
  'before it is stored': {
    at: (moment: Moment, id: string) => moment.when === 'before' && stores(moment, id),
    receipted: true,
  },
  'when it is stored': {
    at: (moment: Moment, id: string) => moment.when === 'after' && stores(moment, id),
    receipted: true,
  },
}

/** Each way in which a message comes. What is sent before the process dies, and the chat it is to be found in. */
const kinds = {
  'a first message': async () => ({
    chat: world.contact.pn,
    send: () => world.contact.phone.send(world.account.pn, 'precious'),
  }),
  'a message': async () => {
    await world.contact.phone.send(world.account.pn, 'before')
    await world.settle()
    return { chat: world.contact.pn, send: () => world.contact.phone.send(world.account.pn, 'precious') }
  },
  'an own message': async () => ({
    chat: world.contact.pn,
    send: () => world.account.phone.send(world.contact.pn, 'precious'),
  }),
  'a first group message': async () => {
    const group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
    return { chat: group.jid, send: () => world.contact.phone.send(group.jid, 'precious') }
  },
  'a group message': async () => {
    const group = wa.group({ subject: 'Team', members: [world.account, world.contact], byLid: true })
    await world.contact.phone.send(group.jid, 'before')
    await world.settle()
    return { chat: group.jid, send: () => world.contact.phone.send(group.jid, 'precious') }
  },
  'a message without encryption': async () => ({
    chat: world.contact.pn,
    send: () => world.contact.phone.send(world.account.pn, 'precious', { plain: true }),
  }),
}

describe.each(Object.entries(kinds))('%s', (_, prepare) => {
  test.each(Object.entries(points))('is stored once when the process dies %s', async (_, { at, receipted }) => {
    const { chat, send } = await prepare()
    const id = await send()
    if (receipted)
      world.cut = () => wa.next('receipt', ({ messageId }) => messageId === id).then(() => world.companion.drop())
    await world.begin({ diesAt: (moment) => at(moment, id) }).dead
    expect(world.receiptsOf(id).length).toBe(receipted ? 1 : 0)

    await world.settle()

    expect((await world.messagesOf(chat)).filter((message) => message.body === 'precious')).toEqual([
      { id, type: 'text', body: 'precious' },
    ])
    expect(world.receiptsOf(id).filter(({ type, error }) => type === 'retry' || error !== undefined)).toEqual([])
    expect(world.companion.queue.size).toBe(0)
  })

  test.each(Object.entries(points))('is stored once when the connection breaks %s', async (_, { at }) => {
    const { chat, send } = await prepare()
    const id = await send()
    let isBroken = false
    const life = world.begin({
      waits: (moment) => {
        if (isBroken || !at(moment, id)) return undefined
        isBroken = true
        return breaks()
      },
    })
    const breaks = async () => {
      await life.event('open')
      world.companion.drop()
      // From here on the gateway knows.
      await vi.waitFor(() => expect(life.client.sendChatPresence(chat, 'composing')).rejects.toThrow())
    }
    await life.event('closed')

    await world.settle()

    expect((await world.messagesOf(chat)).filter(({ body }) => body !== 'before')).toEqual([
      { id, type: 'text', body: 'precious' },
    ])
    expect(world.receiptsOf(id).filter(({ type, error }) => type === 'retry' || error !== undefined)).toEqual([])
    expect(world.companion.queue.size).toBe(0)
  })
})
