import type { MessageStatus } from '../../../model/message.ts'
import type { Author, Deletion } from '../../converge/rows.ts'

/** The columns that messages and waiting rows have in common. */
export interface KeyedColumns {
  peerId: number
  waId: string
  fromMe: number
  /** Row number of an address. */
  sender: number
  senderPeer: number
  body: string | null
  mentions: string | null
  status: MessageStatus | null
  error: string | null
  editedAt: number | null
  deleted: number
  reactions: string | null
  votes: string | null
}

/** Stored as the index in this list. */
const deletions: Deletion[] = ['none', 'deleted', 'removed']

export const deletionOf = (deleted: number): Deletion => deletions[deleted] ?? 'none'

export const numberOf = (deletion: Deletion): number => deletions.indexOf(deletion)

const authorOf = ({ fromMe, sender, senderPeer }: KeyedColumns): Author => ({
  fromMe: fromMe === 1,
  address: sender,
  peerId: senderPeer,
})

export const keyedOf = (row: KeyedColumns) => ({
  peerId: row.peerId,
  waId: row.waId,
  author: authorOf(row),
  body: row.body,
  mentions: row.mentions,
  status: row.status,
  error: row.error,
  editedAt: row.editedAt,
  deletion: deletionOf(row.deleted),
  reactions: row.reactions,
  votes: row.votes,
})
