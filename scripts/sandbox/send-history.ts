import type { Account, Companion } from '../../loopback/index.ts'
import type { SeedAccount } from './people.ts'

/** What a phone sends after linking: the chats of its account, with their messages and who is who. */
export const sendHistory = (account: Account, companion: Companion, seed: SeedAccount): Promise<void> =>
  account.phone.sendHistory(
    {
      chats: seed.chats.map(({ jid, name, unread, messages }) => ({
        jid,
        name,
        unreadCount: unread,
        messages: messages.map(({ id, fromMe, participant, timestamp, text }) => ({
          id,
          fromMe,
          at: timestamp,
          content: text,
          ...(participant !== undefined && { participant }),
        })),
      })),
    },
    companion,
  )
