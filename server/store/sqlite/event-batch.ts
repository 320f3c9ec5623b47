import { monotonicFactory } from 'ulid'
import type { StoredEvent } from '../../model/events.ts'
import { randomNumber } from '../random.ts'
import { byteGroups } from './byte-groups.ts'
import type { Connection } from './connection.ts'

/** An event without position. */
export interface NewEvent extends Omit<StoredEvent, 'position' | 'id'> {
  /** `msg_…` of the one message that it shows: it is rewritten or deleted with that message. */
  messageId?: string
  /** Of a notice: there is one event with it in a session. */
  noticeKey?: string
}

/** Collects the events of one commit, of all its sessions. */
export interface EventBatch {
  /** @returns the events as they will be stored; their positions are 0 until the commit ends */
  add(events: NewEvent[]): StoredEvent[]
  /**
   * Assigns positions to the events without one, and stores them. The last statement of a commit, because it locks the heads of its
   * organizations, which are always taken in the same order.
   */
  write(db: Connection): Promise<void>
  /** Stores the events of this session now, if there are any: the next statements may delete the rows that they show. */
  writeOf(db: Connection, sessionId: string): Promise<void>
  readonly events: StoredEvent[]
}

// A trigger advances the heads: the rows to insert are computed before it does so.
const insert = `
  INSERT INTO events (payload, organization_id, position, event_id, event, session_id, chat_id, message_id, at, notice_key)
  SELECT CAST(substr(?, j.value ->> 0, j.value ->> 1) AS TEXT), j.value ->> 2,
    coalesce((SELECT h.head FROM event_heads h WHERE h.organization_id = j.value ->> 2), 0) + (j.value ->> 3),
    ${Array.from({ length: 7 }, (_, column) => `j.value ->> ${column + 4}`).join(', ')}
  FROM jsonb_each(?) j
  RETURNING event_id AS id, position`

const nextUlid = monotonicFactory(randomNumber)

export const createEventBatch = (): EventBatch => {
  const events: Added[] = []
  let written = 0

  const write: EventBatch['write'] = async (db) => {
    const ofOrganizations = Map.groupBy(events.slice(written), ({ organizationId }) => organizationId)
    written = events.length
    const inOrder = [...ofOrganizations].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, own]) => own)
    for (const { group, all, cuts } of byteGroups(inOrder.map(withBytes))) {
      const rows = await db.all<Pick<StoredEvent, 'id' | 'position'>>(
        insert,
        all,
        JSON.stringify(valuesOf(group, cuts)),
      )
      const positions = new Map(rows.map(({ id, position }) => [id, position]))
      for (const { event } of group) event.position = positions.get(event.id) ?? 0
    }
  }

  return {
    events,

    add(added) {
      const stored = added.map((event) => ({ ...event, position: 0, id: `evt_${nextUlid(event.at)}` }))
      events.push(...stored)
      return stored
    },

    write,

    async writeOf(db, sessionId) {
      if (events.slice(written).some((event) => event.sessionId === sessionId)) await write(db)
    },
  }
}

type Added = StoredEvent & Pick<NewEvent, 'messageId' | 'noticeKey'>

const withBytes = (event: Added) => ({ event, bytes: Buffer.from(event.payload) })

/** Numbers the events of each organization in this statement: 1 = the first. */
function valuesOf(group: { event: Added }[], cuts: [number, number][]) {
  const ordinals = new Map<string, number>()
  return group.map(({ event: added }, n) => {
    const { organizationId, id, event, sessionId, chatId, messageId, at, noticeKey } = added
    const ordinal = (ordinals.get(organizationId) ?? 0) + 1
    ordinals.set(organizationId, ordinal)
    const about = [chatId ?? null, messageId ?? null, at, noticeKey ?? null]
    return [...(cuts[n] ?? []), organizationId, ordinal, id, event, sessionId, ...about]
  })
}
