import { expect, test } from 'vitest'
import { clean } from './clean.ts'

test('names and labels are on one line, in facts from any source', () => {
  const jid = '6281234567890@s.whatsapp.net'
  expect(clean({ kind: 'contact', jid, name: '\u001b[31mAda\n', pushName: '\u2028' }, 1)).toEqual({
    kind: 'contact',
    jid,
    name: '[31mAda',
  })
})
