/** Who lives in the sandbox. Numbers are of no real person. */
import { budi } from './people/budi.ts'
import { citra } from './people/citra.ts'
import { type Conversation, chatOf, said } from './people/conversation.ts'
import { customers, formerLandlord } from './people/customers.ts'
import { dewi } from './people/dewi.ts'
import { gitaToAyu, gitaToBakery, gitaToWorkshop } from './people/gita.ts'
import { bakeryChats, workshopChats } from './people/others.ts'
import { day, person, type SeedAccount } from './people/seed.ts'
import { warehouse } from './people/warehouse.ts'

const account = (pn: string, name: string, conversations: Conversation[], now: number): SeedAccount => ({
  pn,
  name,
  chats: conversations.map((conversation) => chatOf(conversation, { now, owner: person(pn) })),
})

/**
 * The account whose session is connected. Its first chats have a purpose in the target file; the customers' are the hook's.
 * @param now epoch ms: the newest message is a minute old
 */
export const ayu = (now: number): SeedAccount =>
  account('628111000001', 'Toko Ayu', [budi, citra, dewi, warehouse, gitaToAyu, formerLandlord, ...customers], now)

/** How many chats of the connected session are not the hook's. */
export const ownChats = 6

/** The account whose session is paired but not connected. */
export const bakery = (now: number): SeedAccount =>
  account('628111000002', 'Roti Pagi', [...bakeryChats, gitaToBakery], now)

/** The account of another organization. */
export const neighbour = (now: number): SeedAccount =>
  account('628111000003', 'Bengkel Jaya', [...workshopChats, gitaToWorkshop], now)

/** Of the person who gets what the suite sends. */
export const receiverPhone = '628222000008'

/** The account that the suite sends messages from. */
export const newsletter = (now: number): SeedAccount => account('628111000004', 'Warta Ayu', [sinta], now)

const sinta: Conversation = {
  jid: person(receiverPhone),
  name: 'Sinta Maharani',
  prefix: '3EB0E1',
  scenes: [
    {
      ago: 3 * day,
      lines: said(`
        < Hello, may I have your newsletter?
        > With pleasure. It comes every Friday.`),
    },
  ],
}

/** A person who writes to all three accounts. */
export const twinJid = gitaToAyu.jid

/** Of Dewi Anggraini. */
export const aliasedPhone = '628222000003'

/** Digits of a number that no session is paired with. */
export const unpairedPhone = '628111000009'

/** A number that nobody in the sandbox has written to. */
export const stranger = person('628999999999')
