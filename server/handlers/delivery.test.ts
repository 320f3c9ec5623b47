import { expect, test } from 'vitest'
import { refusalOf } from '../model/refusals.ts'
import { TooSoon } from '../model/send-pace.ts'
import { createFailedBecause } from './delivery.ts'

const errorOf = async (code: string, pause?: TooSoon) => {
  const failedBecause = createFailedBecause({ store: { findTooSoon: async () => pause }, clock: () => 0 })
  const unsent = { sessionId: 'sess_1', messageId: 'msg_1', to: '6281234567890@s.whatsapp.net' }
  const { status, details, headers } = await failedBecause(refusalOf(code), unsent, {
    content: '/body',
    chat: '/body/to',
  })
  return [status, details, headers?.['Retry-After']]
}

test("after WhatsApp's own limit the caller learns which message has failed, and when the session may send again", async () => {
  const details = { reason: 'whatsapp', messageId: 'msg_1', whatsappCode: 429 }
  expect(await errorOf('429', new TooSoon('whatsapp', 119_001))).toEqual([429, details, '120'])
  expect(await errorOf('429')).toEqual([429, details, '1'])
})

test('when WhatsApp could not take it, the caller learns which message has failed', async () => {
  expect(await errorOf('503')).toEqual([503, { messageId: 'msg_1', whatsappCode: 503 }, '5'])
  expect(await errorOf('expired')).toEqual([503, { messageId: 'msg_1' }, '5'])
})
