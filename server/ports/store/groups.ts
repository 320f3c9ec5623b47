import type { Jid } from '../../model/jid.ts'

/** Which groups have no name yet, and when WhatsApp was asked for it. */
export interface GroupStore {
  /**
   * Groups without a name about which nobody has asked since then (epoch milliseconds), those never asked about first, and of them those with the newest messages.
   * @param limit at most so many
   */
  namelessGroups(sessionId: string, since: number, limit: number): Promise<Jid[]>
  /** WhatsApp is asked for the name of a group; `null` = it was not after all. */
  noteGroupAsked(sessionId: string, jid: Jid, at: number | null): Promise<void>
}
