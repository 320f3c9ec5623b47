import type { Jid } from '../../model/jid.ts'
import type { Owned } from '../../model/owned.ts'

/** Which groups have no name yet, and when WhatsApp was asked for it. */
export interface GroupStore {
  /**
   * Groups without a name about which nobody has asked since then (epoch milliseconds), those never asked about first, and of them those with the newest messages.
   * @param limit at most so many
   */
  namelessGroups(sessionId: string, since: number, limit: number): Promise<Jid[]>
  /**
   * The owner's write: WhatsApp is asked for the name of a group.
   * @param at epoch milliseconds; `null` = it was not asked after all
   * @throws Fenced
   */
  noteGroupAsked(owned: Owned, jid: Jid, at: number | null): Promise<void>
}
