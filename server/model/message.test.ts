import { expect, test } from 'vitest'
import { messageStatuses, statusOrder } from './message.ts'

test("each status is at the index of WhatsApp's number for it", () => {
  expect(messageStatuses).toEqual(['failed', 'pending', 'sent', 'delivered', 'read', 'played'])
})

test('a message that failed was not sent, and one that arrived after all did not fail', () => {
  expect(statusOrder).toEqual(['pending', 'failed', 'sent', 'delivered', 'read', 'played'])
})
