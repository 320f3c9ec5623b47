/** Chats to which the gateway writes, and what the phones in them show. */
import type { Account, Loopback } from '../../../loopback/index.ts'
import { wait } from './until.ts'
import type { World } from './world.ts'

/** A chat, and the people whose phones show what is sent to it. */
export interface Chat {
  jid: string
  receivers: readonly Account[]
}

/** Kinds of chats; each needs other keys. `n` makes a new one of those that are written to for the first time. */
export const kindsOfChats: Record<string, (world: World, n: number) => Chat> = {
  'a person for the first time': (world, n) => direct(world.loopback.account({ pn: `6283340${10_000 + n}` })),
  'a person': (world) => direct(world.traffic.contacts[0]),
  'a group for the first time': (world, n) => groupOf(world, `Group ${n}`),
  'a group': (world) => known.get(world) ?? remember(world, groupOf(world, 'Kitchen')),
}

const known = new WeakMap<World, Chat>()
const remember = (world: World, chat: Chat) => {
  known.set(world, chat)
  return chat
}
const direct = (account: Account): Chat => ({ jid: account.pn, receivers: [account] })
const groupOf = ({ loopback, owner, traffic }: World, subject: string): Chat => {
  const receivers = traffic.contacts.slice(0, 3)
  return { jid: loopback.group({ subject, members: [owner, ...receivers] }).jid, receivers }
}

/** The texts that each phone shows, by the id of their message: a second copy under one id is the same message. */
export class Phones {
  readonly #shown = new Map<string, Map<string, string>>()

  /** Listens from now on. */
  constructor(loopback: Loopback) {
    loopback.on('message', ({ phone, id, ownCopy, message }) => {
      const text = message.extendedTextMessage?.text
      if (ownCopy || !text) return
      const shown = this.#shown.get(phone) ?? new Map<string, string>()
      this.#shown.set(phone, shown.set(id, text))
    })
  }

  /** How many messages with this text a phone shows. @param isDue waits until there is one, as long as a phone may ask for it again */
  async countOf({ pn }: Account, text: string, isDue: boolean, withinMs = readMs): Promise<number> {
    const count = () => [...(this.#shown.get(pn)?.values() ?? [])].filter((one) => one === text).length
    if (isDue) await wait(() => count() > 0 || undefined, withinMs)
    return count()
  }
}

/** A receiver that cannot read a message asks for it again; a busy machine takes long. */
const readMs = 30_000
