/** Reports say where the contract makes a promise, in its words. */
import { expect, test } from 'vitest'
import { allCases } from '../cases/index.ts'
import { parley } from '../parley.ts'
import { clausesOf } from '../requirements.ts'
import { clauseInWords } from './evidence.ts'
import { sampleRecord, sampleResult } from './sample.ts'

const inWords = (clause: string, id = 'readChat/200/-/twice') => {
  const record = sampleRecord('fail', { id, operationId: 'readChat', clause })
  return clauseInWords(record, sampleResult([record]))
}

const readChat = '/paths/~1sessions~1{session}~1chats~1{cid}~1read/post'

test.for([
  [`${readChat}/responses/200`, '200: “The chat, with nothing unread.”'],
  [
    `${readChat}/description`,
    "“Sets the chat's unread counter to 0 and returns the chat. The counter is the gateway's own",
  ],
  [
    '/components/schemas/Chat/properties/lastMessageAt',
    "“When the chat's latest message was sent, in epoch milliseconds.",
  ],
  ['/info/description', "the contract's introduction (/info/description)"],
] as const)('%s is quoted', ([clause, words]) => expect(inWords(clause)).toContain(words))

test('what is quoted is short, and ends with a sentence', () => {
  const words = inWords('/paths/~1sessions~1{session}~1chats~1{cid}~1messages/get/description', 'readChat/200/-/walk')
  expect(words.length).toBeLessThan(400)
  expect(words).toMatch(/^“.*[.…]” \(/)
})

test('every clause of every case says something', () => {
  const empty = Object.entries(
    clausesOf(
      parley,
      allCases.map(({ clause }) => clause),
    ),
  )
  expect(empty.filter(([, words]) => words === '').map(([pointer]) => pointer)).toEqual([])
})
