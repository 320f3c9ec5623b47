import { proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { fieldsOf } from './fields.ts'

test.each([0, 1, 127, 128, 2 ** 32 - 1, 2 ** 32, 1_795_946_000_000, 2 ** 53 - 1])(
  'a number of %d is read, and what comes after it',
  (muteEndTime) => {
    const lidJid = '98765432101234@lid'
    const bytes = proto.Conversation.encode({ id: '1@g.us', muteEndTime, lidJid }).finish()
    const fields = [...fieldsOf(bytes)].map(({ number, wire, value, start, end }) => [
      number,
      wire === 0 ? value : Buffer.from(bytes.subarray(start, end)).toString(),
    ])
    expect(fields).toEqual([
      [1, '1@g.us'],
      [25, muteEndTime],
      [42, lidJid],
    ])
  },
)
