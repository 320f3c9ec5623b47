/** Gita writes to all three accounts: her JID names a chat of each, and they have nothing to do with each other. */
import { type Conversation, said } from './conversation.ts'
import { minute, person } from './seed.ts'

const gita = (prefix: string, ago: number, text: string, unread = 0): Conversation => ({
  jid: person('628222000006'),
  name: 'Gita Maharani',
  prefix,
  unread,
  scenes: [{ ago, lines: said(text) }],
})

export const gitaToAyu = gita(
  '3EB0A5',
  45 * minute,
  `
  < Hi, are the grey placemats back?
  > They are! I've put six aside for you.
  < You think of everything
  < Could you make it eight?
  > Eight it is. 40 each.
  < I'll fetch them after work
  > We close at six.
  < Then I'll hurry!
  > The door stays open for you.`,
)

export const gitaToBakery = gita(
  '3EB0C3',
  70 * minute,
  `
  < One birthday cake for Saturday, please
  > Chocolate, as last year?
  > And what shall I write on it?
  < Chocolate, yes!
  < Write "Forty is the new thirty"`,
  2,
)

export const gitaToWorkshop = gita(
  '3EB0D2',
  20 * minute,
  `
  > Your scooter is ready.
  < Already?
  < What was it in the end?
  < And what do I owe you?`,
  3,
)
