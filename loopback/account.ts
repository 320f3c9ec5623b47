import type { Companion } from './companion.ts'
import { lidFor, phoneJid } from './jids.ts'
import type { Network } from './network.ts'
import { Phone } from './phone.ts'

export interface AccountOptions {
  /** The number: digits, with or without plus, or the phone JID. */
  pn: string
  /** The LID: digits or JID. Default: one made from the number, always the same. */
  lid?: string
  /** The push name that others see. Default: the number. */
  name?: string
}

/** One WhatsApp number: a phone, and the companions that were linked to it. */
export class Account {
  /** Phone JID, without companion id. */
  readonly pn: string
  /** LID, without companion id. */
  readonly lid: string
  name: string
  readonly phone: Phone
  /** By companion id, 1 and up. */
  readonly companions = new Map<number, Companion>()
  #lastId = 0

  constructor(network: Network, options: AccountOptions) {
    this.pn = phoneJid(options.pn)
    this.lid = lidFor(this.pn, options.lid)
    this.name = options.name ?? this.pn.replace(/@.*/, '')
    this.phone = new Phone(network, this)
  }

  /** An id that no companion of this account has had. */
  nextCompanionId(): number {
    return ++this.#lastId
  }
}
