/** Links the phone of an account to a new session. */
import type { Account, Companion, Loopback } from '../../loopback/index.ts'
import type { Api } from './api.ts'
import { type Pictured, withPictures } from './people/pictures.ts'
import { type SeedAccount, shownOf } from './people/seed.ts'
import { populate } from './populate.ts'
import { sendHistory } from './send-history.ts'
import { waitFor } from './wait-for.ts'

/** A session, and whose it is. */
export interface Linked {
  id: string
  account: Account
  companion: Companion
  seed: SeedAccount
  pictures: Pictured[]
}

export type Link = (token: string, label: string, seed: SeedAccount) => Promise<Linked>

/** @returns makes a session, scans its code with the account's phone, and resolves when the account's history is stored */
export const createLink =
  ({ ask, call, until }: Api, loopback: Loopback): Link =>
  async (token, label, plain) => {
    const { seed, pictures } = await withPictures(plain, loopback.media)
    const account = loopback.account({ pn: seed.pn, name: seed.name })
    populate(loopback, account, seed)
    const { id } = await call<{ id: string }>(token, 'POST', '/sessions', { label, start: true })
    const qr = await waitFor('a QR code', async () => {
      const { status, body } = await ask('GET', `/sessions/${id}/qr`, { token })
      return status === 200 ? (body as { code: string }).code : undefined
    })
    const companion = await account.phone.scanQR(qr)
    await until(token, id, 'working')
    await sendHistory(account, companion, seed)
    // History is stored oldest first, so a chat that has its newest message has them all.
    for (const chat of seed.chats)
      await waitFor(`the history of ${chat.name}`, async () => {
        const { status, body } = await ask('GET', `/sessions/${id}/chats/${chat.jid}/messages?limit=1`, { token })
        if (status !== 200) return undefined
        const { data } = body as { data: { waMessageId: string }[] }
        return data[0]?.waMessageId === shownOf(chat)[0]?.id || undefined
      })
    return { id, account, companion, seed, pictures }
  }
