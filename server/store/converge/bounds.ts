/**
 * Bounds on what other people can make a session store or read: they choose message ids, and the targets of edits, receipts and
 * encrypted content. Both sides of the row port apply these numbers.
 */

/** The most edits, revokes and receipts that wait for their message; the oldest are evicted. */
export const mostWaiting = {
  ofSession: 10_000,
  /** Per chat, so that one chat cannot evict what waits in another. */
  ofChat: 1_000,
  /** For one WhatsApp id in one chat. */
  ofTarget: 20,
}

/** The newest addresses of an author that are tried for a message, besides the one that the fact names. */
export const mostAddressesTried = 16

/** How many authors of one WhatsApp id in one chat are tried for a deletion that names none. */
export const mostAuthorsTried = 4

/** Reactions to one message, and votes in one poll: a group has at most 1,024 members. */
export const mostSayings = 1_024

/** Encrypted content that waits for its message. `tried`: this version can decrypt its kind; `untried`: a later one may. */
export const mostSealed = {
  tried: 1_000,
  untried: 10_000,
  ofChat: 200,
  ofTarget: 20,
  /** Bytes of a session. */
  bytes: 16 * 1024 * 1024,
  /** How many messages with one WhatsApp id in one chat, and how many addresses of one person, are tried: each pair is one decryption. */
  messagesTried: 4,
  addressesTried: 3,
}

/** How many facts, keys or pairs are in memory at a time. */
export const sliceSize = 500

/** About how many messages one commit moves or deletes: other writes wait that long. */
export const pieceSize = { merge: 100, clear: 500 }
