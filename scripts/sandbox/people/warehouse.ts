/** The group of the warehouse: members, mentions, what happens without anybody writing, what cannot be shown. */
import { deletion, event, happened, picture, poll, reaction, undecryptable, words } from './content.ts'
import { type Conversation, said } from './conversation.ts'
import { day, minute } from './seed.ts'

/** `WebMessageInfo.StubType`. */
const created = 20
const added = 27

export const warehouse: Conversation = {
  jid: '120363041234567890@g.us',
  name: 'Warehouse team',
  prefix: '3EB0A4',
  unread: 5,
  members: { Dewi: '628222000003', Eka: '628222000004', Joko: '628222000007' },
  mutedFor: 2 * day,
  scenes: [
    {
      ago: 30 * day,
      lines: [
        { by: '>', ...happened(created) },
        { by: '>', ...happened(added) },
        ...said(`
        > Welcome, everybody! Here we say what comes in and what goes out. No good-morning pictures please 🌅
        Joko: Not even nice ones?
        > Not even nice ones.
        Eka: 🌅
        > Eka!`),
      ],
    },
    {
      ago: 8 * day,
      lines: said(`
      Joko: The lorry from Cirebon is here, 40 rolls of rattan
      > The delivery note says 42.
      Joko: Counted again: 40, and two that are wet through
      > Leave the wet ones outside and take a picture.
      Eka: I'm coming to help, give me ten minutes
      Joko: The driver wants a signature
      > Sign for 40, and write "2 wet" beside it.
      Joko: Done. He has sighed
      > They all sigh.`),
    },
    {
      ago: 2 * day,
      lines: [
        { by: 'Joko', said: picture('Shelf 3 is full. Where do the lamps go?', 318_220), as: 'shelf' },
        { by: 'Eka', said: words('On top of the towels?', { answers: 'shelf' }) },
        { by: 'Dewi', said: 'On top of NOTHING that I have ironed', as: 'ironed' },
        { by: 'Eka', said: reaction('😅', 'ironed') },
        {
          by: '>',
          said: words('@Joko shelf 5 is empty since yesterday. @Eka please help him carry.', {
            mentions: ['Joko', 'Eka'],
          }),
          status: 4,
        },
        { by: 'Joko', ...undecryptable },
        { by: 'Joko', said: 'All lamps are on 5' },
      ],
    },
    {
      ago: 30 * minute,
      lines: [
        { by: '>', said: poll('Stocktaking: which evening?', ['Tuesday', 'Wednesday', 'Thursday']), as: 'poll' },
        { by: 'Eka', said: words('Not Wednesday please', { answers: 'poll' }) },
        { by: 'Joko', said: 'All the same to me, as long as there is food' },
        { by: '>', said: event('Stocktaking', 'At six, in the warehouse. There will be food.') },
        { by: 'Dewi', said: words('@Joko you eat, I count. As always.', { mentions: ['Joko'] }) },
        { by: 'Joko', said: 'I count too!', as: 'count' },
        { by: 'Joko', said: deletion('count') },
        { by: 'Joko', said: 'I count the plates' },
        { by: 'Eka', said: '😂' },
        { by: 'Dewi', said: 'Thursday then' },
      ],
    },
  ],
}
