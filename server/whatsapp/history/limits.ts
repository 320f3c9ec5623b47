/**
 * Limits of a history. A modified phone may send anything, such as 40 kB that become 40 MB with a chat in each two bytes. Real ones
 * come in parts of some megabytes, and have some tens of megabytes when decompressed.
 */
const mebi = 1024 * 1024

export const limits = {
  /** Encrypted and compressed. WhatsApp's frames carry 16 MiB at most, and its files have that size, too. */
  packedBytes: 32 * mebi,
  /** Decompressed. It is one buffer outside of the heap. */
  bytes: 64 * mebi,
  /** Of a chat without its messages: a community has some thousands of members, of fifty bytes each. */
  chatBytes: mebi,
  /** With previews and the receipts of a large group. */
  messageBytes: mebi,
  /** An account has some thousands. */
  chats: 20_000,
  /** A part has some thousands; half a year of a busy account some hundred thousands, in many parts. */
  messages: 200_000,
  /** Pairs of addresses: the library holds each for days. Names that people chose. */
  mappings: 50_000,
  names: 100_000,
  /** Reactions to a message come with it, each a fact of its own: a group has 1,024 members. */
  factsOfMessage: 4_096,
  /** The most facts of one batch. */
  batch: 500,
  batchBytes: mebi,
  /** Time of work, without waiting for the store. 64 MiB of messages take some seconds. */
  busyMs: 60_000,
} as const

/** Memory of a worker, which dies if it needs more. */
export const heap = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 12, stackSizeMb: 4 }
