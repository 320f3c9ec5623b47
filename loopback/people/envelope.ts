import { bare, isLid, withId } from '../wire/jids.ts'
import { seconds } from '../wire/nodes.ts'

/** The addresses of a person, and the name that others see. */
export interface Addressed {
  /** Phone JID, without companion id. */
  readonly pn: string
  /** LID, without companion id. */
  readonly lid: string
  readonly name: string
  /**
   * Whether the account's chats are by LID (true) or by phone number (false). Absent: both, each message as its sender addressed it.
   */
  readonly isMigrated?: boolean
}

/** A ciphertext and its kind: `pkmsg` starts a session, `msg` continues one, `skmsg` is for a group. */
export interface Sealed {
  type: 'pkmsg' | 'msg' | 'skmsg'
  ciphertext: Uint8Array
}

/** Sender and stanza attributes of a message, without the receiver. */
export interface Envelope {
  id: string
  /** The stanza's type: `text`, `media`, … */
  type: string
  /** Epoch ms. */
  at: number
  sender: Addressed
  /** 0 for the phone, otherwise the companion. */
  senderId: number
  /** The chat as the sender addressed it; it determines the form of all addresses in the stanza. */
  to: string
  /** The other form of `to`; absent for groups and unknown people. */
  toAlternate: string | undefined
  /** Whether the group addresses members by LID; absent when it is no group. */
  groupByLid: boolean | undefined
  /** `1` for an edit, `7` for a revoke; absent otherwise. */
  edit: string | undefined
}

/** The address by which this sender appears in the message. */
export function senderJid({ sender, senderId, to, groupByLid }: Envelope): string {
  return withId((groupByLid ?? isLid(to)) ? sender.lid : sender.pn, senderId)
}

/** Whether this account sees a chat of two by LID. `to`: how the other side addressed it. */
export function isByLid({ isMigrated }: Pick<Addressed, 'isMigrated'>, to: string): boolean {
  return isMigrated ?? isLid(to)
}

/** The attributes of the message stanza as this receiver gets it. */
export function attributesFor(receiver: Addressed, envelope: Envelope): Record<string, string | undefined> {
  const { id, type, at, sender, senderId, to, toAlternate, groupByLid, edit } = envelope
  const common = { id, type, t: seconds(at), notify: sender.name, edit }
  if (groupByLid !== undefined) {
    const from = senderJid(envelope)
    const other = groupByLid ? { participant_pn: sender.pn } : { participant_lid: sender.lid }
    return { ...common, from: to, participant: from, addressing_mode: groupByLid ? 'lid' : 'pn', ...other }
  }
  const byLid = isByLid(receiver, to)
  const from = withId(byLid ? sender.lid : sender.pn, senderId)
  const mode = byLid ? 'lid' : undefined
  if (receiver === sender) {
    const [recipient, other] = byLid === isLid(to) ? [bare(to), toAlternate] : [toAlternate ?? bare(to), bare(to)]
    // No sender_lid here: clients would take the chat partner's number for ours.
    const alternate = byLid ? { peer_recipient_pn: other } : { peer_recipient_lid: other }
    return { ...common, from, recipient, addressing_mode: mode, ...alternate }
  }
  return { ...common, from, addressing_mode: mode, ...(byLid ? { sender_pn: sender.pn } : { sender_lid: sender.lid }) }
}
