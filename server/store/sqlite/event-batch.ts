import { monotonicFactory } from 'ulid'
import type { StoredEvent } from '../../model/events.ts'
import type { Connection } from './connection.ts'

/** An event that has no place in the log yet. */
export interface NewEvent extends Omit<StoredEvent, 'position' | 'id'> {
  /** `msg_…` of the one message that it shows: it is written anew, or deleted, with that message. */
  messageId?: string
}

/** The events of one commit, of any sessions. */
export interface EventBatch {
  /** @returns the events as they will be stored; their positions are 0 until the commit ends */
  add(events: NewEvent[]): StoredEvent[]
  /**
   * Takes positions and stores all. The last thing that a commit does: from then on others wait who write events of the same
   * organizations, and these are taken in one order by everybody.
   */
  write(db: Connection): Promise<void>
  readonly events: StoredEvent[]
}

const takePositions = `
  INSERT INTO event_heads (organization_id, head)
  SELECT j.value ->> 0, j.value ->> 1 FROM jsonb_each(?) j WHERE true
  ON CONFLICT (organization_id) DO UPDATE SET head = head + excluded.head
  RETURNING organization_id AS organizationId, head`

const insert = `
  INSERT INTO events (organization_id, position, event_id, event, session_id, chat_id, message_id, at, payload)
  SELECT ${Array.from({ length: 9 }, (_, column) => `j.value ->> ${column}`).join(', ')} FROM jsonb_each(?) j`

const nextUlid = monotonicFactory()

export const createEventBatch = (): EventBatch => {
  const events: (StoredEvent & { messageId?: string })[] = []

  return {
    events,

    add(added) {
      const stored = added.map((event) => ({ ...event, position: 0, id: `evt_${nextUlid(event.at)}` }))
      events.push(...stored)
      return stored
    },

    async write(db) {
      if (events.length === 0) return
      const ofOrganizations = Map.groupBy(events, ({ organizationId }) => organizationId)
      const counts = [...ofOrganizations].map(([organizationId, own]) => [organizationId, own.length]).toSorted()
      const heads = await db.all<{ organizationId: string; head: number }>(takePositions, JSON.stringify(counts))
      for (const { organizationId, head } of heads) {
        const own = ofOrganizations.get(organizationId) ?? []
        for (const [n, event] of own.entries()) event.position = head - own.length + 1 + n
      }
      await db.all(insert, JSON.stringify(events.map(valuesOf)))
    },
  }
}

const valuesOf = ({
  organizationId,
  position,
  id,
  event,
  sessionId,
  chatId,
  messageId,
  at,
  payload,
}: StoredEvent & {
  messageId?: string
}) => [organizationId, position, id, event, sessionId, chatId ?? null, messageId ?? null, at, payload]
