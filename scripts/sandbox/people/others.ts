/** Chats of the accounts whose sessions are not the connected one. */
import { poll } from './content.ts'
import { type Conversation, said } from './conversation.ts'
import { minute, person } from './seed.ts'

export const bakeryChats: Conversation[] = [
  {
    jid: person('628222000001'),
    name: 'Budi Santoso',
    prefix: '3EB0C1',
    unread: 1,
    scenes: [
      {
        ago: 2 * minute,
        lines: said(`
        < Good morning! Can I have eighteen rolls for tomorrow?
        > Good morning Budi! The round ones or the long ones?
        < Round. And two loaves, the dark one
        > For seven o'clock?
        < Half past six, if that's possible. We have early birds
        > Half past six is possible, but then somebody has to come for it. The boy starts at seven.
        < I'll come myself
        > I'll hang it on the door.
        < With the cat around?
        > Higher than the cat.
        < 👍`),
      },
    ],
  },
  {
    jid: person('628222000004'),
    name: 'Eka Putri',
    prefix: '3EB0C2',
    scenes: [
      { ago: 90 * minute, lines: [{ by: '>', said: poll('Sourdough on which day?', ['Friday', 'Saturday']) }] },
      {
        ago: 50 * minute,
        lines: said(`
        < Is there any banana bread left?
        > Two slices.
        < Please hide them!
        > Under which name?
        < Eka. I'm there in ten minutes
        > They're under the counter.`),
      },
    ],
  },
]

export const workshopChats: Conversation[] = [
  {
    jid: person('628222000005'),
    name: 'Fajar Nugroho',
    prefix: '3EB0D1',
    unread: 1,
    scenes: [
      {
        ago: minute,
        lines: said(`
        < Is my motorbike ready?
        > Nearly. The brake pads came only today.
        < Can I have it tonight?
        > At six, if nothing else comes in between.
        < What could come in between?
        > Tea. It's Friday.
        < 😄 At half past six then
        < And thank you!`),
      },
    ],
  },
]
