/** Dewi sews for Ayu. */
import { type Conversation, said } from './conversation.ts'
import { day, minute, person } from './seed.ts'

export const dewi: Conversation = {
  jid: person('628222000003'),
  name: 'Dewi Anggraini',
  prefix: '3EB0A3',
  scenes: [
    {
      ago: day,
      lines: said(`
      < The needle of the big machine is broken again
      > The second one this week! Is it the half linen?
      < No, it's the zip of the cushions. It's metal, and I'm in a hurry
      > Then don't hurry. Nobody is waiting before Thursday.
      < Citra is waiting. She has called twice
      > I'll talk to her.`),
    },
    {
      ago: 9 * minute,
      lines: said(`
      > She'll have five first, and the others next week.
      < Thank you! Then I'll do the hems by hand
      > Only if you like.
      < I like it, with the radio on
      > What's on?
      < Dangdut, loud
      < I can't hear the machine, and that's the point 😄`),
    },
  ],
}
