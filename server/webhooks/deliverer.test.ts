/** What becomes of a webhook whose receiver wants nothing any more. */
import { expect, test, vi } from 'vitest'
import { createNews } from '../events/news.ts'
import type { StoredEvent } from '../model/events.ts'
import { usualRetryPolicy, type WebhookGap, type WebhookRow } from '../model/webhook.ts'
import { createDeliverer, type DelivererParts } from './deliverer.ts'
import type { Outcome } from './send.ts'

const row: WebhookRow = {
  id: 'wh_1',
  organizationId: 'org_1',
  url: 'https://receiver.example/',
  events: ['*'],
  retryPolicy: usualRetryPolicy,
  active: true,
  createdAt: 0,
  updatedAt: 0,
}

const event = (position: number): StoredEvent => ({
  organizationId: row.organizationId,
  position,
  id: `evt_${position}`,
  event: 'message',
  sessionId: 'sess_1',
  at: 0,
  payload: '{}',
})

/** A webhook with two events to come, whose receiver answers 410. */
const open = (
  changeWebhook: DelivererParts['store']['changeWebhook'],
  { gap, answers = 'gone' }: { gap?: WebhookGap; answers?: Outcome['kind'] } = {},
) => {
  const log = [event(1), event(2)]
  let epoch = 0
  const send = vi.fn<DelivererParts['send']>(async () => ({ kind: answers }))
  const gapTold = vi.fn(async () => {})
  const deliverer = createDeliverer({
    store: {
      activeWebhooks: async () => [row.id],
      takeWebhook: async () => {
        epoch += 1
        return {
          row,
          epoch,
          secrets: [{ secret: 'whsec_AA==' }],
          cursor: { position: 0 },
          open: [],
          tried: [],
          ...(gap && { gap }),
        }
      },
      changeWebhook,
      gapTold,
      settleDeliveries: async () => true,
      readEvents: async (_, { after }) => ({ events: log.slice(after), scanned: log.length, first: 1 }),
      eventHead: async () => log.length,
    },
    news: createNews(),
    send,
    clock: () => 60_000,
    onAttempt: () => {},
    log: { warn: () => {} },
  })
  return { deliverer, send, gapTold }
}

test('after 410 it is switched off, and what waited for it is no backlog', async () => {
  const changeWebhook = vi.fn(async () => row)
  const { deliverer, send } = open(changeWebhook)
  await deliverer.start()
  await vi.waitFor(() => expect(changeWebhook).toHaveBeenCalledTimes(1))
  expect(changeWebhook).toHaveBeenCalledWith(row.id, { active: false, inactiveReason: 'gone' }, 60_000, 1)
  expect([send.mock.calls.length, deliverer.backlogMs()]).toEqual([1, 0])
  await deliverer.close()
})

test('when that cannot be stored, it is asked again, and switched off then', async () => {
  const changeWebhook = vi.fn(async () => row).mockRejectedValueOnce(new Error('the disk is full'))
  const { deliverer, send } = open(changeWebhook)
  await deliverer.start()
  await vi.waitFor(() => expect(changeWebhook).toHaveBeenCalledTimes(2))
  expect([send.mock.calls.length, deliverer.backlogMs()]).toEqual([2, 0])
  await deliverer.close()
})

test('a webhook that has missed events is told so first, and then no more', async () => {
  const gap = { id: 'evt_01KF0EVBSH3R8W5Q0N2V7T6Y4M', from: 4, to: 9 }
  const { deliverer, send, gapTold } = open(
    vi.fn(async () => row),
    { gap, answers: 'delivered' },
  )
  await deliverer.start()
  await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(3))
  const bodies = send.mock.calls.map(([, { body }]) => JSON.parse(body))
  expect(bodies[0]).toEqual({
    id: gap.id,
    event: 'webhook.gap',
    organization: row.organizationId,
    timestamp: 1_768_468_361_009,
    payload: { gap: { from: 4, to: 9 } },
  })
  await vi.waitFor(() => expect(gapTold).toHaveBeenCalledWith(row.id, gap.id))
  expect(gapTold).toHaveBeenCalledTimes(1)
  await deliverer.close()
})
