/** Short chats of the shop. The suite's hook has unread messages and new ones come into them. */
import { type Conversation, said } from './conversation.ts'
import { day, minute, person } from './seed.ts'

/** [name, what was said, how much of it is unread] */
const chats: [string, string, number?][] = [
  [
    'Galih Permata',
    `
    < Do you have gift vouchers?
    > Yes, from 100,000. I can send you one as a picture.
    < Lovely, 250 please. For my mother`,
    1,
  ],
  [
    'Hendra Kusuma',
    `
    < The lamp flickers
    > Is it the bulb? Any E27 will fit.
    < I've tried two
    > Then bring it in, I'll change it.`,
  ],
  [
    'Indah Sari',
    `
    > Your tablecloth is ready.
    < So soon!
    > The seamstress was quick this week.
    < Can my husband pick it up?
    > Of course, if he remembers your name 😄`,
  ],
  [
    'Kartika Dewi',
    `
    < Are you open on Sunday?
    > Until noon.
    < With parking?
    > In front of the mosque, there's always a place before eleven.
    < Then I'll come early
    < And I'd like to see the blue curtains`,
    2,
  ],
  [
    'Lukman Hakim',
    `
    < Good evening, do you deliver to Magelang?
    > On Tuesdays and Fridays.
    < How much is it?
    > 35,000, or nothing from 500,000.
    < Then I'll think about what else I need
    > That's what it's for 😇
    < 😂`,
  ],
  [
    'Maya Puspita',
    `
    < May I return a basket without the lid? My dog has eaten the lid
    > All of it?
    < He left the handle
    > Then it isn't really a return...
    < I know, I just wanted to ask
    > You can have a new lid for 30.
    < He'll be happy
    > Is he well?
    < Better than the lid`,
    1,
  ],
  [
    'Nanda Pratama',
    `
    < I'd like three of the coconut mats, 40 × 60
    > 95,000 each. Shall I put them aside?
    < Yes please
    > Until Saturday.
    < Until when are you there on Saturday?
    > Six.`,
  ],
  [
    'Oki Setiawan',
    `
    < Hello, this is Oki from the printer's. Your cards are done
    > Great! The 500?
    < The 500, on the thick paper
    > Can somebody bring them?
    < I'm in your street tomorrow anyway
    > Perfect. There'll be tea.
    < Then definitely`,
    1,
  ],
]

export const customers: Conversation[] = chats.map(([name, text, unread], index) => ({
  jid: person(`62822200001${index}`),
  name,
  prefix: `3EB0B${index}`,
  scenes: [{ ago: (60 + index * 45) * minute, lines: said(text) }],
  ...(unread !== undefined && { unread }),
}))

/** Archived: nobody writes there any more. */
export const formerLandlord: Conversation = {
  jid: person('628222000020'),
  name: 'Pak Hadi (old shop)',
  prefix: '3EB0A6',
  archived: true,
  scenes: [
    {
      ago: 400 * day,
      lines: said(`
      > The keys are with the neighbour, and the meter stands at 48,213.
      < Thank you Ayu. All the best in Jalan Kenari!
      > You too, Pak.`),
    },
  ],
}
