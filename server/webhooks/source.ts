/** The events of a webhook, from where it has come in the log. */
import type { Follow, Step } from '../events/follow.ts'
import type { LogCursor, WebhookRow } from '../model/webhook.ts'
import type { EventLog } from '../ports/store/events.ts'

export interface SourceParts {
  store: Pick<EventLog, 'readEvents'>
  follow: Follow
}

/** Steps as of a reader; `resumed`: the part that is sent again has ended, and the log goes on from here. */
export type SourceStep = Step | { kind: 'resumed'; position: number }

const pageSize = 200

/** @param signal ends it */
export async function* sourceOf(
  { store, follow }: SourceParts,
  { organizationId, sessionId, events }: WebhookRow,
  { position, replay }: LogCursor,
  signal: AbortSignal,
): AsyncGenerator<SourceStep> {
  const passing = events.filter((name) => name !== '*')
  const names = events.includes('*') ? undefined : passing
  const filter = { ...(sessionId !== undefined && { sessionId }), ...(names && { events: names }) }
  if (replay !== undefined) {
    for (let after = position; after < replay.until && !signal.aborted; ) {
      const page = await store.readEvents(organizationId, { after, limit: pageSize, ...filter })
      for (const event of page.events)
        if (event.position <= replay.until) yield { kind: 'event', position: event.position, event }
      if (page.scanned <= after) break
      after = page.scanned
    }
    yield { kind: 'resumed', position: replay.resumeAt }
  }
  yield* follow({ organizationId, ...filter, passing, since: replay?.resumeAt ?? position }, signal)
}
