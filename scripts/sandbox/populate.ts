import type { Account, Loopback } from '../../loopback/index.ts'
import type { SeedAccount } from './people/seed.ts'

/** Makes the people of an account's chats, so that they have two addresses and can write, and its groups. */
export const populate = (loopback: Loopback, account: Account, { chats }: SeedAccount): void => {
  for (const { jid, name, messages } of chats) {
    if (!jid.endsWith('@g.us')) {
      loopback.account({ pn: jid, name })
      continue
    }
    const names = new Map(
      messages.flatMap(({ participant, pushName }) => (participant ? [[participant, pushName]] : [])),
    )
    const members = [...names].map(([pn, pushName]) =>
      loopback.account({ pn, ...(pushName !== undefined && { name: pushName }) }),
    )
    loopback.group({ jid, subject: name, members: [account, ...members], byLid: false })
  }
}
