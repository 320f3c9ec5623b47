/** Which events a webhook gets. */
import { expect, test } from 'vitest'
import { createFollow } from '../events/follow.ts'
import { createNews } from '../events/news.ts'
import type { EventName, PassingEvent, StoredEvent } from '../model/events.ts'
import { usualRetryPolicy, type WebhookRow } from '../model/webhook.ts'
import { sourceOf } from './source.ts'

const own = { organizationId: 'org_1', sessionId: 'sess_1', at: 0, payload: '{}' }
const stored = (position: number, event: EventName): StoredEvent => ({ ...own, position, id: `evt_${position}`, event })
const passing = (event: PassingEvent['event']): PassingEvent => ({ ...own, id: `evt_${event}`, event })

/** The names of the first events that a webhook which chose `events` gets after it has begun to follow. */
const namesOf = async (events: WebhookRow['events'], count: number): Promise<string[]> => {
  const news = createNews()
  const log: StoredEvent[] = []
  const store = {
    readEvents: async () => ({ events: log, scanned: log.length, first: 1 }),
    eventHead: async () => log.length,
  }
  const row: WebhookRow = {
    id: 'wh_1',
    organizationId: own.organizationId,
    url: 'https://receiver.example/',
    events,
    retryPolicy: usualRetryPolicy,
    active: true,
    createdAt: 0,
    updatedAt: 0,
  }
  const gone = new AbortController()
  const steps = sourceOf({ store, follow: createFollow({ store, news }) }, row, { position: 0 }, gone.signal)
  const names: string[] = []
  const first = steps.next()
  await new Promise(setImmediate)
  for (const name of ['auth.qr', 'presence.update'] as const) news.passing(passing(name))
  const event = stored(1, 'message')
  log.push(event)
  news.told([event])
  for (let next = await first; !next.done && names.length < count; next = await steps.next()) {
    if (next.value.kind === 'event' || next.value.kind === 'passing') names.push(next.value.event.event)
    if (names.length === count) break
  }
  gone.abort()
  return names
}

test('an asterisk stands for the events of the log', async () => {
  expect(await namesOf(['*'], 1)).toEqual(['message'])
})

test('next to the asterisk, the names of events that are in no log add those', async () => {
  expect(await namesOf(['*', 'presence.update'], 2)).toEqual(['presence.update', 'message'])
})
