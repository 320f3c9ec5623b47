/** People who write to the account, with a record of their messages: all must be stored in the end. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Account, Group, Loopback, SendOptions } from '../../../loopback/index.ts'
import type { Random } from './random.ts'

/** A word that every text of the suite contains and no log may. */
export const canary = 'canary-text'

export interface Sent {
  id: string
  text: string
  /** Phone JID of the chat's other side, or the group's JID. */
  chat: string
  fromMe: boolean
}

export interface Traffic {
  readonly contacts: readonly [Account, Account, Account, Account]
  readonly group: Group
  /** All that was sent, by id. */
  readonly sent: ReadonlyMap<string, Sent>
  /** One message of a kind that the random numbers choose: from a contact, in the group, or a copy of an own one. */
  any(random: Random, options?: SendOptions): Promise<Sent>
  /** From a contact to the account, by phone JID or by LID. */
  direct(from: Account, options?: SendOptions & { byLid?: boolean }): Promise<Sent>
  inGroup(from: Account, options?: SendOptions): Promise<Sent>
  /** Written on the account's own phone. */
  own(to: Account, options?: SendOptions): Promise<Sent>
  /** A marker message from somebody who writes nothing else: when it is stored, earlier messages are, too. */
  last(): Promise<Sent>
  /**
   * Sends at this rate, or as fast as the machine can, until `stop` resolves.
   * @returns how many
   */
  flow(random: Random, perSecond: number, stop: Promise<unknown>): Promise<number>
}

export const createTraffic = (loopback: Loopback, owner: Account): Traffic => {
  const person = (index: number) => loopback.account({ pn: `62822200000${index}`, name: `Contact ${index}` })
  const contacts = [person(1), person(2), person(3), person(4)] as const
  const closer = person(9)
  const group = loopback.group({ subject: 'Everybody', members: [owner, ...contacts.slice(0, 3)], byLid: true })
  const sent = new Map<string, Sent>()
  let count = 0

  const note = async (chat: string, fromMe: boolean, send: (text: string) => Promise<string>): Promise<Sent> => {
    const text = `${canary} ${++count}`
    const entry = { id: await send(text), text, chat, fromMe }
    sent.set(entry.id, entry)
    return entry
  }

  const direct: Traffic['direct'] = (from, { byLid = false, ...options } = {}) =>
    note(from.pn, false, (text) => from.phone.send(byLid ? owner.lid : owner.pn, text, options))
  const inGroup: Traffic['inGroup'] = (from, options) =>
    note(group.jid, false, (text) => from.phone.send(group.jid, text, options))
  const own: Traffic['own'] = (to, options) => note(to.pn, true, (text) => owner.phone.send(to.pn, text, options))

  const any: Traffic['any'] = (random, options) => {
    const kind = random.next()
    if (kind < 0.25) return inGroup(random.pick(contacts.slice(0, 3)), options)
    if (kind < 0.4) return own(random.pick(contacts), options)
    return direct(random.pick(contacts), { ...options, byLid: kind < 0.6 })
  }

  return {
    contacts,
    group,
    sent,
    any,
    direct,
    inGroup,
    own,
    last: () => direct(closer),
    async flow(random, perSecond, stop) {
      let going = true
      const ended = stop.finally(() => {
        going = false
      })
      let due = performance.now()
      let done = 0
      while (going) {
        await any(random)
        done += 1
        // Messages that a busy machine did not send in time are skipped, so that other work gets a turn.
        due = Math.max(due + 1000 / perSecond, performance.now())
        await Promise.race([pause(Math.max(0, due - performance.now())), ended])
      }
      return done
    },
  }
}
