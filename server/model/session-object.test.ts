import { expect, test } from 'vitest'
import type { SessionRow } from './session.ts'
import { sessionObject } from './session-object.ts'

const row: SessionRow = {
  id: 'sess_1',
  organizationId: 'org_1',
  status: 'failed',
  wanted: false,
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  ratePerHour: 200,
  newChatsPerDay: 20,
  createdAt: 1,
  updatedAt: 1,
}
const reasonIn = (more: Partial<SessionRow>) => {
  const { statusReason, statusReasonCode } = sessionObject({ ...row, ...more }, 'gw_1', 1)
  return [statusReason, statusReasonCode]
}

test('a reason is shown with its code, and neither without the other', () => {
  expect(reasonIn({})).toEqual([undefined, undefined])
  expect(reasonIn({ statusReasonCode: 'banned' })).toEqual([undefined, undefined])
  expect(reasonIn({ statusReason: 'so', statusReasonCode: 'banned' })).toEqual(['so', 'banned'])
})

test('a restriction is shown until it is over', () => {
  const shownAt = (now: number) => sessionObject({ ...row, restrictedUntil: 10 }, 'gw_1', now).restrictedUntil
  expect([shownAt(9), shownAt(10)]).toEqual([10, undefined])
})

test('a code that this version does not know, and words without one, are other', () => {
  expect(reasonIn({ statusReason: 'so', statusReasonCode: 'moon' })).toEqual(['so', 'other'])
  expect(reasonIn({ statusReason: 'so' })).toEqual(['so', 'other'])
})
