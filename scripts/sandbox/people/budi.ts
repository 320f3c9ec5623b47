/** Budi furnishes his guesthouse from Ayu's shop. The long chat: more than a page of any size. */
import { deletion, edit, picture, reaction, words } from './content.ts'
import { type Conversation, type Scene, said } from './conversation.ts'
import { day, minute, person } from './seed.ts'

const scene = (daysAgo: number, text: string): Scene => ({ ago: daysAgo * day, lines: said(text) })

const scenes: Scene[] = [
  scene(
    96,
    `
    < Good afternoon. My sister gave me this number. Is this the shop with the rattan baskets on Jalan Kenari?
    > Good afternoon! Yes, that's us. I'm Ayu.
    < I'm Budi, I'm opening a small guesthouse in March. Nine rooms.
    > Congratulations! What do you need?
    < Honestly, everything that is soft or woven 😄
    > Then come by when it's quiet, mornings are best. I'll put the kettle on.
    < Tomorrow at ten?
    > Perfect.
    `,
  ),
  scene(
    95,
    `
    < I'm in front of the shop but the shutter is down
    > So sorry, I'm parking. Two minutes!
    < No hurry, there's a cat here that keeps me company
    > That's Oyen. He works here.
    < He told me everything is half price today
    > He has no authority to do that 😹
    `,
  ),
  scene(
    94,
    `
    > It was nice to meet you yesterday. Here is what we put on the list: 18 bath towels, 18 hand towels, 9 laundry baskets.
    < And the lamp that I said I wouldn't buy
    > And one lamp.
    < Can the towels be the sand colour? White looks tired so quickly.
    > They come in sand, but I only have twelve large ones here. The other six would take a week.
    < A week is fine, we open on the 14th
    > Then I'll order them today.
    < Thank you. How do I pay?
    > Half now, half when you have everything. I'll send the account number.
    > BCA 0372 118 204, Ayu Wulandari
    < Done, just now
    > I see it. Thank you!
    `,
  ),
  scene(
    89,
    `
    > Your baskets are ready. Nine of them, with lids.
    < Lids! I hadn't thought of lids
    > They're included. Guests throw wet things in there, you'll be glad.
    < You know guests better than I do
    > I have four children
    `,
  ),
  scene(
    87,
    `
    > The six towels have come. Shall I send it all together?
    < Please. Wisma Kenari, Jalan Kaliurang km 7, next to the pharmacy
    > The driver asks if there is a place to stop
    < He can drive into the yard, I'll open the gate
    > He'll be there between two and three.
    < I'm here all day, painting
    `,
  ),
  scene(
    86,
    `
    < Everything has arrived, thank you
    < One hand towel has a pulled thread, nothing serious
    > Send it back with the next order and I'll change it.
    < It can be the one for my own bathroom
    > Then I owe you a coffee.
    < I'll remember that
    `,
  ),
  scene(
    82,
    `
    < Second half is paid
    > Received. The receipt is in your mailbox.
    < Which mailbox? I never gave you an address
    > Oh. Then some other Budi has had a surprising day.
    < 😂 budi@wismakenari.example
    > Sent again, to the right one.
    `,
  ),
  scene(
    75,
    `
    < First guests! A family from Semarang, two rooms
    > How exciting! Did they like it?
    < The grandmother asked where the baskets are from
    > I hope you told her
    < I gave her your card. She wants three.
    > Tell her she gets the grandmother price.
    `,
  ),
  scene(
    71,
    `
    > The lady from Semarang called. She ordered five, not three 😄
    < I'll want a commission
    > One lamp at cost?
    < Deal. The same as the first one?
    > I have it in a darker wood too.
    < Same as the first one. My wife has decided.
    > Then it is decided.
    `,
  ),
  scene(
    66,
    `
    < Do you have doormats?
    > Coconut fibre, two sizes: 40 × 60 and 60 × 90
    < The larger one, for the front door
    > With or without writing on it?
    < What does the writing say?
    > "Selamat datang"
    < Without. They'll know that they are welcome by the tea
    > One large, without. 145,000.
    < I'll pick it up on Saturday
    `,
  ),
  scene(
    63,
    `
    < I can't make it today, the pump has died
    > Oh no. Do you have water?
    < For now. A man is standing in front of it and shaking his head
    > That's never cheap.
    < He has begun to breathe in through his teeth
    > I'll keep the mat for you. Good luck!
    `,
  ),
  scene(
    61,
    `
    > How is the pump?
    < New. So was the bill.
    > You can pay for the mat next month.
    < You are very kind. I'll send my nephew for it this afternoon
    > What does he look like?
    < Like me, with hair
    `,
  ),
  scene(
    58,
    `
    > Are you there? A parcel for you was left at my door.
    < For me? At yours?
    > "Wisma Kenari, c/o the lady with the baskets"
    < That must be my brother in Makassar. He never writes addresses down
    > It's ticking.
    < It's a clock. I hope
    > A wall clock, with a bird on it. The bird came out just now.
    < That's my brother. Keep the bird, send the clock
    > They're attached to each other.
    `,
  ),
  scene(
    54,
    `
    < Question: how do I get turmeric out of a sand towel?
    > Don't use hot water! It sets.
    < I have used hot water
    > Ah.
    > Then dish soap, an hour, and lay it in the sun. The sun does the rest.
    < The sun?
    > Turmeric hates the sun. Try it.
    `,
  ),
  scene(
    53,
    `
    < It's gone!!
    > Told you ☀️
    < My mother-in-law now thinks that I'm good at laundry
    > I'll never tell.
    `,
  ),
  scene(
    50,
    `
    < Do you know a good electrician?
    > The one who did our shop. Pak Hadi, slow but careful.
    < Slow and careful is what I want, after the other one
    > What did the other one do?
    < Now the garden light goes on when I open the fridge
    > Practical.
    < At night one sees who is hungry
    > I'll ask Pak Hadi to call you.
    `,
  ),
  scene(
    47,
    `
    < We're full for the long weekend. All nine rooms!
    > You see. How are the towels holding up?
    < Good, but there are too few. With everything full there is nothing left while the others dry
    > A third set then. Nine large, nine small?
    < Yes. When could you have them?
    > In sand, Thursday.
    < That would be just in time
    > I'll call the mill now.
    > Thursday morning, they promise.
    < Can I trust that?
    > I've told them about the grandmother from Semarang.
    `,
  ),
  scene(
    44,
    `
    > They're here, and it's only Wednesday.
    < What did you say to them?
    > The truth: that there's a man with nine rooms and wet towels.
    < Can the driver come today?
    > At four.
    < Gate will be open
    `,
  ),
  scene(
    43,
    `
    < All good, all dry, all full. Thank you!
    > Enjoy the weekend. Try to sleep.
    < Sleep is for guests
    `,
  ),
  scene(
    37,
    `
    > Hello Budi, a question from my side. Could I send two customers from Jakarta to you, for the 20th to the 22nd?
    < Of course. Two rooms or one?
    > One, they are married.
    < Even so, some prefer two
    > 😄 One.
    < Room 4 then, it looks at the garden. Breakfast is from seven
    > They are buyers for a hotel, be nice to them
    < I'm nice to everybody. To them I'll be nice with a tablecloth
    > Speaking of which, do you have one?
    < I have a bed sheet
    > I'm sending a tablecloth.
    `,
  ),
  scene(
    34,
    `
    > The tablecloth is on its way, with the same driver.
    < He is by now the most regular guest that I have
    > Does he pay?
    < In gossip
    > Then it's you who owes him.
    `,
  ),
  scene(
    32,
    `
    < Your hotel people left this morning. They counted the towels
    > They what?
    < Counted, felt, and photographed the label
    > That's the best news of the week.
    < They also ate six of my wife's banana fritters
    > Then they'll be back for sure.
    `,
  ),
  scene(
    28,
    `
    < My wife asks if you'd like to come to dinner on Sunday. All of you, Oyen too
    > With pleasure! What may we bring?
    < Appetite
    > And a salad.
    < And a salad
    > The youngest doesn't eat anything green.
    < Then she can sit next to me
    `,
  ),
  scene(
    25,
    `
    > Guess who has ordered 240 towels.
    < No!
    > In sand. "Like at Wisma Kenari."
    < We're famous
    > Your next lamp is free.
    < I have enough lamps. Do you have curtains?
    > Not yet. But for you I could.
    < Nine windows, all of different size. The builder was an artist
    > Send me the measures, when you have an evening to spare.
    `,
  ),
  scene(
    21,
    `
    < 1: 118 × 140. 2: 120 × 140. 3: 119 × 138
    < 4: 176 × 140, that's the garden one. 5: 118 × 141. 6: 90 × 110
    < 7: 121 × 140. 8: 118 × 140. 9: I can't get at it, there's a guest asleep
    > At three in the afternoon?
    < He came on the night train
    > Let him sleep. I can begin with eight.
    < Linen, or is that too dear?
    > Half linen. It hangs better, and you can wash it.
    < Turmeric?
    > Sun.
    `,
  ),
  scene(
    20,
    `
    < 9: 118 × 142
    > He's awake?
    < Awake, and has extended by two nights
    > I'll do the sums.
    > All nine, half linen, hemmed, with rings: 2,340,000. Rails not included.
    < Rails I have, from the man with the pump. He does everything
    > Shall I?
    < Please do. Half now, as always
    > As always.
    `,
  ),
  scene(
    13,
    `
    > Seven of nine are done. The seamstress asks whether 6 is really so small.
    < It's the bathroom
    > Curtains in a bathroom get mouldy. Would you take a bamboo blind instead? It's cheaper, too.
    < You're a bad saleswoman
    > I know.
    < Blind it is
    `,
  ),
  scene(
    9,
    `
    > Everything is ready: eight curtains, one blind.
    < Wonderful. Could you deliver on Friday? I'm in Solo until then
    > Friday morning, between nine and eleven.
    < My wife will be there. She's looking forward to it more than to my return
    > I won't comment on that 😇
    `,
  ),
  scene(
    6,
    `
    < They hang!
    < The rooms look like rooms
    > I'm so glad. Any creases go out with steam, or just with time.
    < With time. I don't iron curtains
    > Nobody does.
    `,
  ),
  scene(
    2,
    `
    < The second half for the curtains is paid
    > Thank you! Received.
    < What do I owe you for the blind?
    > Nothing, it came out of what I had counted for number 6.
    < I'm going to have to recommend you to more grandmothers
    > Please.
    `,
  ),
]

/** Today: with everything that belongs to a line. */
const today: Scene = {
  ago: minute,
  lines: [
    ...said(`
    < Good morning! Small emergency: a guest has taken a liking to the blue basket in the hall and wants to buy it
    > Good morning 😄 For how much?`),
    { by: '<', said: 'I said 300, he said yes at once', as: 'price' },
    { by: '>', said: words('You paid 185!', { answers: 'price' }) },
    { by: '<', said: 'I know 🙈 Do you have another one?', as: 'another' },
    { by: '>', said: picture("Is it this one? It's the last in blue."), as: 'photo' },
    { by: '<', said: reaction('😍', 'photo') },
    { by: '<', said: words("That's the one. Please keep it for me!", { answers: 'photo' }) },
    { by: '>', said: 'It has your name on it. 185, as before.', as: 'kept' },
    { by: '>', said: edit('kept', 'It has your name on it. 170, because you bring me customers.') },
    { by: '<', said: reaction('🙏', 'kept') },
    { by: '>', said: 'Oyen is asleep in it', as: 'cat' },
    { by: '>', said: deletion('cat') },
    { by: '<', said: 'What did you delete?' },
    { by: '>', said: 'Nothing. It only needs a brush.', status: 3 },
    { by: '<', said: 'Is the cat in it?' },
    { by: '<', said: 'Ayu?' },
    { by: '<', said: "I'll come by at five, with a brush 😄" },
  ],
}

export const budi: Conversation = {
  jid: person('628222000001'),
  name: 'Budi Santoso',
  prefix: '3EB0A1',
  unread: 3,
  pinned: true,
  scenes: [...scenes, today],
}
