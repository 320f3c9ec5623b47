import { expect, test } from 'vitest'
import { cardOf, nameOn } from './vcard.ts'

test('a card of a name and a number', () => {
  expect(cardOf('Rina Wijaya', '6281398765432')).toBe(
    [
      'BEGIN:VCARD',
      'VERSION:3.0',
      'N:;Rina Wijaya;;;',
      'FN:Rina Wijaya',
      'TEL;type=CELL;type=VOICE;waid=6281398765432:+6281398765432',
      'END:VCARD',
    ].join('\n'),
  )
})

test('a name cannot become another property of the card, nor another part of the name', () => {
  const card = cardOf('Rina; Wijaya, \\ PT\r\nTEL:+1\nEND:VCARD', '62813')
  expect(card.split('\n')).toHaveLength(6)
  expect(card).toContain('FN:Rina\\; Wijaya\\, \\\\ PT\\nTEL:+1\\nEND:VCARD')
  expect(nameOn(card)).toBe('Rina Wijaya \\ PT TEL:+1 END:VCARD')
})

test.each([
  ['FN', 'BEGIN:VCARD\r\nN:Doe;Jane;;;\r\nFN;CHARSET=UTF-8:Jane Doe\r\nEND:VCARD', 'Jane Doe'],
  ['N, where FN is empty', 'BEGIN:VCARD\nFN: \nN:Doe;Jane;;;\nEND:VCARD', 'Doe Jane'],
  ['none', 'BEGIN:VCARD\nTEL:+1\nEND:VCARD', undefined],
  ['no card', 7, undefined],
])('the name on a card: %s', (_, card, name) => {
  expect(nameOn(card)).toBe(name)
})
