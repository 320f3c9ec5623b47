import type { Jid } from './jid.ts'

/** Who the session is on WhatsApp, known from the moment it was paired. */
export interface Me {
  /** Phone JID, without device. */
  jid: Jid
  /** LID, without device; absent until WhatsApp has told it. */
  lid?: Jid
}

/**
 * Whether both are one account. A LID stays when its owner takes another number; where either LID is not known yet, or the
 * account has a new one, the number tells.
 */
export const isSameAccount = (one: Me, other: Me): boolean =>
  one.jid === other.jid || (one.lid !== undefined && one.lid === other.lid)
