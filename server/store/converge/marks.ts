import { type MessageStatus, statusOrder } from '../../model/message.ts'
import { joinedSayings } from './sayings.ts'

/**
 * Marks: what can happen to a message after it was sent (edits, a revoke, receipts, reactions, votes). They are separate from the content because they
 * may arrive before it. `null` = unknown.
 */
export interface Marks {
  /** The time of the newest edit, its text, and its mentions (JSON array of JIDs). */
  editedAt: number | null
  body: string | null
  mentions: string | null
  /** Deleted for everyone. */
  deleted: boolean
  /** Deleted by the account for itself. */
  removed: boolean
  status: MessageStatus | null
  /** Why it failed. */
  error: string | null
  /** What people think of it: JSON of `Saying`s with emojis. */
  reactions: string | null
  /** What people have chosen in a poll: JSON of `Saying`s with keys of options. */
  votes: string | null
}

export const noMarks: Marks = {
  editedAt: null,
  body: null,
  mentions: null,
  deleted: false,
  removed: false,
  status: null,
  error: null,
  reactions: null,
  votes: null,
}

/**
 * Merges two marks. Commutative, associative and idempotent, so marks converge in any order and with any repetition: the newest edit
 * wins, a revoke overrides everything, a status only moves forward, each person's newest reaction and vote count.
 */
export function joined(a: Marks, b: Marks): Marks {
  const removed = a.removed || b.removed
  // Nothing else of a revoked message is visible.
  const deleted = removed || a.deleted || b.deleted
  const edit = deleted ? noMarks : laterEdit(a, b)
  const progress = furtherStatus(a, b)
  const { editedAt, body, mentions } = edit
  const reactions = deleted ? null : joinedSayings(a.reactions, b.reactions)
  const votes = deleted ? null : joinedSayings(a.votes, b.votes)
  const { status, error } = progress
  return { editedAt, body, mentions, deleted, removed, status, error, reactions, votes }
}

function laterEdit(a: Marks, b: Marks): Marks {
  if (a.editedAt !== b.editedAt) return (a.editedAt ?? -1) > (b.editedAt ?? -1) ? a : b
  if (a.body !== b.body) return (a.body ?? '') > (b.body ?? '') ? a : b
  return (a.mentions ?? '') >= (b.mentions ?? '') ? a : b
}

function furtherStatus(a: Marks, b: Marks): Marks {
  if (a.status !== b.status) return rank(a.status) > rank(b.status) ? a : b
  return (a.error ?? '') >= (b.error ?? '') ? a : b
}

const rank = (status: MessageStatus | null) => (status === null ? -1 : statusOrder.indexOf(status))

export const sameMarks = (a: Marks, b: Marks): boolean =>
  a.editedAt === b.editedAt &&
  a.body === b.body &&
  a.mentions === b.mentions &&
  a.deleted === b.deleted &&
  a.removed === b.removed &&
  a.status === b.status &&
  a.error === b.error &&
  a.reactions === b.reactions &&
  a.votes === b.votes
