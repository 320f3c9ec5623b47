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

// A trigger moves the heads: what is inserted is made before the first of them moves.
const insert = `
  INSERT INTO events (organization_id, position, event_id, event, session_id, chat_id, message_id, at, payload)
  SELECT j.value ->> 0,
    coalesce((SELECT h.head FROM event_heads h WHERE h.organization_id = j.value ->> 0), 0) + (j.value ->> 1),
    ${Array.from({ length: 7 }, (_, column) => `j.value ->> ${column + 2}`).join(', ')}
  FROM jsonb_each(?) j
  RETURNING event_id AS id, position`

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
      const inOrder = [...ofOrganizations.keys()]
        .toSorted()
        .flatMap((organizationId) =>
          (ofOrganizations.get(organizationId) ?? []).map((event, n) => valuesOf(event, n + 1)),
        )
      const rows = await db.all<Pick<StoredEvent, 'id' | 'position'>>(insert, JSON.stringify(inOrder))
      const positions = new Map(rows.map(({ id, position }) => [id, position]))
      for (const event of events) event.position = positions.get(event.id) ?? 0
    },
  }
}

/** @param ordinal 1 = the first of its organization in this commit */
const valuesOf = (event: StoredEvent & { messageId?: string }, ordinal: number) => {
  const { organizationId, id, event: name, sessionId, chatId, messageId, at, payload } = event
  return [organizationId, ordinal, id, name, sessionId, chatId ?? null, messageId ?? null, at, payload]
}
