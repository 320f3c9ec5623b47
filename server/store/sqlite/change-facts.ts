/** What a change of the account does to its message, when WhatsApp has it. */
import type { ChangeDraft } from '../../model/change.ts'
import type { Fact } from '../../model/facts.ts'
import { optionHash } from '../../model/poll-option.ts'
import { sayingsIn } from '../converge/sayings.ts'
import type { Connection } from './connection.ts'

interface Target {
  editedAt: number | null
  reactions: string | null
  votes: string | null
}

const selectTarget = 'SELECT edited_at AS editedAt, reactions, votes FROM messages WHERE id = ?'

/**
 * Empty when the message is not stored any more. WhatsApp has this change after the earlier ones of the account, its phone's too, so
 * it is later than they are, whatever the clocks say.
 */
export const changeFacts = async (db: Connection, messageId: string, draft: ChangeDraft): Promise<Fact[]> => {
  const [stored] = await db.all<Target>(selectTarget, messageId)
  if (stored === undefined) return []
  const { target } = draft
  const by = 'me' as const
  const after = (earlier: number | null | undefined) => Math.max(draft.at, (earlier ?? 0) + 1)
  switch (draft.type) {
    case 'edit': {
      const { text: body, mentions } = draft
      return [{ kind: 'edit', target, by, body, at: after(stored.editedAt), ...(mentions && { mentions }) }]
    }
    case 'revoke':
      return [{ kind: 'revoke', target, by, at: draft.at }]
    case 'reaction':
      return [{ kind: 'reaction', target, by, emoji: draft.emoji, at: after(ownTime(stored.reactions)) }]
    case 'vote': {
      const options = draft.options.map((name) => optionHash(name).toString('hex'))
      return [{ kind: 'vote', target, by, options, at: after(ownTime(stored.votes)) }]
    }
  }
}

/** When the account said it last; undefined when it has not. */
const ownTime = (column: string | null): number | undefined => sayingsIn(column).find(([address]) => address === 0)?.[1]
