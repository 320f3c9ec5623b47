/** Citra asks before she orders: every kind of attachment, and how far an own message can get. */
import {
  contact,
  document,
  location,
  passedOn,
  picture,
  pictureOnce,
  poll,
  reaction,
  sticker,
  video,
  voice,
  words,
} from './content.ts'
import { type Conversation, said } from './conversation.ts'
import { day, minute, person } from './seed.ts'

export const citra: Conversation = {
  jid: person('628222000002'),
  name: 'Citra Lestari',
  prefix: '3EB0A2',
  unread: 2,
  scenes: [
    {
      ago: 3 * day,
      lines: [
        ...said(`
        < Hi Ayu, it's Citra from the yoga class. Do you also make cushions to order?
        > Hi Citra! Yes. What shape?
        < Round, to sit on, for the studio. Twenty of them`),
        { by: '<', said: picture('Something like this, but less purple', 242_118), as: 'purple' },
        { by: '>', said: words('Less purple is always possible 😄', { answers: 'purple' }) },
        { by: '>', said: document('cushions-2026.pdf', 412_760), as: 'catalogue' },
        { by: '<', said: reaction('👍', 'catalogue') },
      ],
    },
    {
      ago: day,
      lines: [
        { by: '>', said: poll('Which cover?', ['Cotton, natural', 'Linen, grey', 'Kapok print']), as: 'poll' },
        { by: '<', said: words("I can't decide, both of the first two!", { answers: 'poll' }) },
        { by: '>', said: video('This is how the linen moves', 9) },
        { by: '<', said: voice(14) },
        { by: '>', said: voice(6), status: 5 },
        { by: '<', said: 'Linen then. Where is your shop again?' },
        {
          by: '>',
          said: location('Toko Ayu', 'Jalan Kenari 12, Yogyakarta', -7.7828, 110.3744),
        },
        { by: '>', said: contact('Sari (workshop)', '628222000003') },
        { by: '<', said: sticker },
        { by: '<', said: passedOn('The studio is closed on Monday, please tell everybody') },
        { by: '<', said: pictureOnce('My face when they told me') },
      ],
    },
    {
      ago: 5 * minute,
      lines: [
        { by: '>', said: 'The first five are sewn.', status: 2 },
        { by: '>', said: 'Shall I wait with the other fifteen until you have sat on one?', status: 0 },
        { by: '>', said: 'Shall I wait with the others until you have tried one?', status: 1 },
        { by: '<', said: 'Already?! You are quick.' },
        { by: '<', said: "I'm coming round right after class" },
      ],
    },
  ],
}
