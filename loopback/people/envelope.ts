import { bare, isLid, withId } from '../wire/jids.ts'
import { seconds } from '../wire/nodes.ts'

/** The addresses of a person, and the name that others see. */
export interface Addressed {
  /** Phone JID, without companion id. */
  readonly pn: string
  /** LID, without companion id. */
  readonly lid: string
  readonly name: string
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

/** The attributes of the message stanza as this receiver gets it. */
export function attributesFor(receiver: Addressed, envelope: Envelope): Record<string, string | undefined> {
  const { id, type, at, sender, to, toAlternate, groupByLid, edit } = envelope
  const common = { id, type, t: seconds(at), notify: sender.name, edit }
  const from = senderJid(envelope)
  if (groupByLid !== undefined) {
    const other = groupByLid ? { participant_pn: sender.pn } : { participant_lid: sender.lid }
    return { ...common, from: to, participant: from, addressing_mode: groupByLid ? 'lid' : 'pn', ...other }
  }
  const byLid = isLid(to)
  const mode = byLid ? 'lid' : undefined
  if (receiver === sender) {
    // No sender_lid here: clients would take the chat partner's number for ours.
    const other = byLid ? { peer_recipient_pn: toAlternate } : { peer_recipient_lid: toAlternate }
    return { ...common, from, recipient: bare(to), addressing_mode: mode, ...other }
  }
  return { ...common, from, addressing_mode: mode, ...(byLid ? { sender_pn: sender.pn } : { sender_lid: sender.lid }) }
}
