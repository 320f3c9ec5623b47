/** What becomes of a webhook whose receiver wants nothing any more. */
import { expect, test, vi } from 'vitest'
import { createNews } from '../events/news.ts'
import type { StoredEvent } from '../model/events.ts'
import { usualRetryPolicy, type WebhookRow } from '../model/webhook.ts'
import { createDeliverer, type DelivererParts } from './deliverer.ts'

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
const open = (changeWebhook: DelivererParts['store']['changeWebhook']) => {
  const log = [event(1), event(2)]
  let epoch = 0
  const send = vi.fn<DelivererParts['send']>(async () => ({ kind: 'gone', responseStatus: 410 }))
  const deliverer = createDeliverer({
    store: {
      activeWebhooks: async () => [row.id],
      takeWebhook: async () => {
        epoch += 1
        return { row, epoch, secrets: [{ secret: 'whsec_AA==' }], cursor: { position: 0 }, open: [], tried: [] }
      },
      changeWebhook,
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
  return { deliverer, send }
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
