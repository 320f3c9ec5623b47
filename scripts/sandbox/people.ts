/** Who lives in the sandbox, and what they have written to each other. Numbers are of no real person. */

export interface SeedMessage {
  id: string
  fromMe: boolean
  /** Number of the writer, in a group. */
  participant?: string
  /** Epoch ms. */
  timestamp: number
  text: string
}

export interface SeedChat {
  /** JID. */
  jid: string
  name: string
  unread: number
  /** Newest first. */
  messages: SeedMessage[]
}

export interface SeedAccount {
  pn: string
  name: string
  chats: SeedChat[]
}

const minute = 60_000

const lines = [
  'Good morning! Is the blue one still in stock?',
  'Yes, three left. Shall I keep one for you?',
  'Please do. I can come by at five.',
  'We close at six today, so that works.',
  'Could you also send the size chart?',
  'Of course, one moment.',
  'Thank you, that helps a lot 🙏',
  'The courier says it arrives tomorrow between 9 and 12.',
  'Perfect. Same address as last time.',
  'Noted. Invoice 2417 is on its way.',
]

const chat = (
  options: { jid: string; name: string; prefix: string; count: number; unread?: number; people?: string[] },
  newest: number,
): SeedChat => {
  const { jid, name, prefix, count, unread = 0, people } = options
  const messages = Array.from({ length: count }, (_, index): SeedMessage => {
    // The newest are unread, so they were written by somebody else.
    const fromMe = index >= unread && index % 3 === 1
    const participant = people?.[index % people.length]
    return {
      id: `${prefix}${String(count - index).padStart(5, '0')}`,
      fromMe,
      ...(participant !== undefined && !fromMe && { participant }),
      // Pairs share a timestamp: order must then come from the arrival.
      timestamp: newest - Math.floor(index / 2) * 7 * minute,
      text: lines[index % lines.length] ?? '',
    }
  })
  return { jid, name, unread, messages }
}

const user = (number: string) => `${number}@s.whatsapp.net`

/** A person who writes to all three accounts: her JID names a chat of each, and they have nothing to do with each other. */
export const twinJid = user('628222000006')

const twin = (options: { prefix: string; count: number; unread?: number }, newest: number) =>
  chat({ jid: twinJid, name: 'Gita Maharani', ...options }, newest)

/** The account whose session is connected. @param now epoch ms: the newest message is a minute old */
export const ayu = (now: number): SeedAccount => ({
  pn: '628111000001',
  name: 'Toko Ayu',
  chats: [
    chat({ jid: user('628222000001'), name: 'Budi Santoso', prefix: '3EB0A1', count: 230, unread: 3 }, now - minute),
    chat(
      { jid: user('628222000002'), name: 'Citra Lestari', prefix: '3EB0A2', count: 24, unread: 2 },
      now - 5 * minute,
    ),
    chat({ jid: user('628222000003'), name: 'Dewi Anggraini', prefix: '3EB0A3', count: 12 }, now - 9 * minute),
    chat(
      {
        jid: '120363041234567890@g.us',
        name: 'Warehouse team',
        prefix: '3EB0A4',
        count: 40,
        unread: 5,
        people: [user('628222000001'), user('628222000002'), user('628222000003')],
      },
      now - 30 * minute,
    ),
    twin({ prefix: '3EB0A5', count: 9 }, now - 45 * minute),
    ...Array.from({ length: 8 }, (_, index) =>
      chat(
        {
          jid: user(`62822200001${index}`),
          name: `Customer ${index + 1}`,
          prefix: `3EB0B${index}`,
          count: 3 + index,
          unread: index % 3,
        },
        now - (60 + index * 45) * minute,
      ),
    ),
  ],
})

/** The account whose session is paired but not connected. */
export const bakery = (now: number): SeedAccount => ({
  pn: '628111000002',
  name: 'Roti Pagi',
  chats: [
    chat({ jid: user('628222000001'), name: 'Budi Santoso', prefix: '3EB0C1', count: 15, unread: 1 }, now - 2 * minute),
    chat({ jid: user('628222000004'), name: 'Eka Putri', prefix: '3EB0C2', count: 6 }, now - 50 * minute),
    twin({ prefix: '3EB0C3', count: 5, unread: 2 }, now - 70 * minute),
  ],
})

/** The account of another organization. */
export const neighbour = (now: number): SeedAccount => ({
  pn: '628111000003',
  name: 'Bengkel Jaya',
  chats: [
    chat({ jid: user('628222000005'), name: 'Fajar Nugroho', prefix: '3EB0D1', count: 8, unread: 1 }, now - minute),
    twin({ prefix: '3EB0D2', count: 4, unread: 3 }, now - 20 * minute),
  ],
})

/** Of Dewi Anggraini. */
export const aliasedPhone = '628222000003'

/** Digits of a number that no session is paired with. */
export const unpairedPhone = '628111000009'

/** A number that nobody in the sandbox has written to. */
export const stranger = user('628999999999')
