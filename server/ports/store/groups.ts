import type { Jid } from '../../model/jid.ts'
import type { Owned } from '../../model/owned.ts'

/** Which groups have no name yet, and when WhatsApp was asked for it. */
export interface GroupStore {
  /**
   * Groups without a name, whose name was not requested since then (epoch milliseconds). First those whose name was never requested, and
   * among these the ones with the newest messages.
   * @param limit the most that one call removes or returns
   */
  namelessGroups(sessionId: string, since: number, limit: number): Promise<Jid[]>
  /**
   * The owner's write: notes that WhatsApp is asked for the name of a group.
   * @param at epoch milliseconds; `null` = it was not asked after all
   * @throws Fenced
   */
  noteGroupAsked(owned: Owned, jid: Jid, at: number | null): Promise<void>
}
