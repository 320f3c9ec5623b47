import type { Account, Companion } from '../../loopback/index.ts'
import type { SeedAccount } from './people/seed.ts'

/** What a phone sends after linking: the chats of its account, with their messages and who is who. */
export const sendHistory = (account: Account, companion: Companion, seed: SeedAccount): Promise<void> =>
  account.phone.sendHistory(
    {
      chats: seed.chats.map(({ jid, name, unread, messages, extra }) => ({
        jid,
        name,
        unreadCount: unread,
        extra,
        messages: messages.map(({ timestamp, ...message }) => ({ ...message, at: timestamp })),
      })),
    },
    companion,
  )
