import type { Network } from '../network.ts'
import { phoneJid } from '../wire/jids.ts'
import { Account, type AccountOptions } from './account.ts'

/** All accounts of a network. */
export class Accounts {
  readonly #network: Network
  /** By phone JID. */
  readonly #accounts = new Map<string, Account>()

  constructor(network: Network) {
    this.#network = network
  }

  /** In the order of their creation. */
  get all(): Account[] {
    return [...this.#accounts.values()]
  }

  /**
   * The account with this number; created if missing. Name and LID are taken from the call that creates it.
   * @throws when the LID belongs to another account
   */
  of(options: AccountOptions): Account {
    const known = this.#accounts.get(phoneJid(options.pn))
    if (known) return known
    const account = new Account(this.#network, options)
    this.#network.add(account)
    this.#accounts.set(account.pn, account)
    return account
  }
}
