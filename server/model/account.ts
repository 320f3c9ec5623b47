import type { Jid } from './jid.ts'

/** Who the session is on WhatsApp, known from the moment it was paired. */
export interface Me {
  /** Phone JID, without device. */
  jid: Jid
  /** LID, without device; absent until WhatsApp has told it. */
  lid?: Jid
}

/**
 * Whether both are one account. The LIDs decide, because a LID stays when its owner takes another phone number. The numbers decide
 * where a LID is unknown or new.
 */
export const isSameAccount = (one: Me, other: Me): boolean =>
  one.jid === other.jid || (one.lid !== undefined && one.lid === other.lid)
