/**
 * How much of a history is taken. A phone that somebody has modified may send anything: forty thousand bytes that become
 * forty million, a chat for each two of them. Real ones come in parts of some megabytes, which become some tens of them.
 */
const mebi = 1024 * 1024

export const limits = {
  /** As it comes: encrypted and packed. WhatsApp's frames carry 16 MiB at most, its files are of the same size. */
  packedBytes: 32 * mebi,
  /** Unpacked. It is held as one piece, outside of the heap. */
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
  /** What is handed over at a time. */
  batch: 500,
  batchBytes: mebi,
  /** Of work, without waiting for those who store it. 64 MiB of messages take some seconds. */
  busyMs: 60_000,
} as const

/** Of a worker: it dies of more, and nothing else does. */
export const heap = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }
