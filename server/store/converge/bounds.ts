/**
 * How much strangers can make a session store or look at: they choose the ids of messages, and whom edits, receipts and sealed
 * content name. Both sides of the row port keep to these numbers.
 */

/** Edits, revokes and receipts that wait for their message; where there are more, the oldest give way. */
export const mostWaiting = {
  ofSession: 10_000,
  /** Nobody can push out what waits in another chat. */
  ofChat: 1_000,
  /** Of one WhatsApp id in one chat. */
  ofTarget: 20,
}

/** Addresses of one author under which a message is looked for, the newest ones, besides the one that is named. */
export const mostAddressesTried = 16

/** Authors of one WhatsApp id in one chat who are looked at for a deletion that names none. */
export const mostAuthorsTried = 4

/** Sealed content that waits for its message. `tried` is what this version opens, `untried` what a later one may. */
export const mostSealed = {
  tried: 1_000,
  untried: 10_000,
  ofChat: 200,
  ofTarget: 20,
  /** Of a session, as stored. */
  bytes: 16 * 1024 * 1024,
  /** Messages of one WhatsApp id in one chat whose secret is tried, and addresses of one person: each pair is a try. */
  messagesTried: 4,
  addressesTried: 3,
}

/** Facts, keys or pairs whose state is held in memory at a time. */
export const sliceSize = 500

/** Messages that one commit moves or takes away, more or less: what others write waits for that long, each time. */
export const pieceSize = { merge: 100, clear: 500 }
