import { expect, test } from 'vitest'
import type { EventPage } from '../ports/store/events.ts'
import { pageBody } from './events.ts'

const page = (some: Partial<EventPage>): EventPage => ({ events: [], scanned: 50, first: 1, ...some })
const gapOf = (some: Partial<EventPage>, since: number) => JSON.parse(pageBody(page(some), since)).gap

test('nothing is missing from the oldest event on', () => {
  expect(gapOf({ first: 1 }, 0)).toBeUndefined()
  expect(gapOf({ first: 21 }, 20)).toBeUndefined()
})

test('what was purged since is missing', () => {
  expect(gapOf({ first: 21 }, 19)).toEqual({ reason: 'expired' })
  expect(gapOf({ first: 21 }, 0)).toEqual({ reason: 'expired' })
})

test('a log that ends before the reader does is another one', () => {
  expect(gapOf({ scanned: 50 }, 50)).toBeUndefined()
  expect(gapOf({ scanned: 50 }, 51)).toEqual({ reason: 'ahead' })
})

test('an event is shown with its payload as it was stored', () => {
  const stored = {
    organizationId: 'org_1',
    position: 7,
    id: 'evt_1',
    event: 'chat.update',
    sessionId: 'sess_1',
  } as const
  const shown = JSON.parse(pageBody(page({ events: [{ ...stored, chatId: 3, at: 5, payload: '{"chat":{}}' }] }), 0))
  expect(shown.data).toEqual([
    {
      id: 'evt_1',
      event: 'chat.update',
      session: 'sess_1',
      organization: 'org_1',
      timestamp: 5,
      position: 7,
      payload: { chat: {} },
    },
  ])
})
