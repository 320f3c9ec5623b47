/** What a person with a phone would do on the other side of the connected session; by keys in the terminal, or over HTTP. */
import type { Account, Loopback } from '../../loopback/index.ts'
import { type Contact, createContact } from './contact.ts'
import { chatOf } from './people/conversation.ts'
import { bakeryChats } from './people/others.ts'
import { populate } from './populate.ts'
import { sendHistory } from './send-history.ts'

export interface OtherSide extends Contact {
  /** A new phone scans the newest QR code that a session shows, and sends its history. @throws when no session shows one */
  scan(): Promise<string>
  /** The session's connection is lost; the gateway connects again by itself. */
  drop(): Promise<string>
}

export interface OtherSideParts {
  loopback: Loopback
  /** The phone of the connected session's account. */
  phone: Account
  /** The person whose messages come in. */
  contact: { jid: string; name: string }
  /** A GET of the API, of the path behind `/api/v1`. @returns what it answers; undefined when it is not 200 */
  get(path: string): Promise<unknown>
}

interface Waiting {
  id: string
  status: string
  createdAt: number
}

/** Every session of the organization, page by page. */
const allSessions = async (get: OtherSideParts['get']): Promise<Waiting[]> => {
  const sessions: Waiting[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `?cursor=${cursor}`
    const page = ((await get(`/sessions${query}`)) ?? {}) as { data?: Waiting[]; nextCursor?: string | null }
    sessions.push(...(page.data ?? []))
    cursor = page.nextCursor ?? null
  } while (cursor !== null)
  return sessions
}

/** Each act resolves to a sentence that says what was done. */
export const createOtherSide = ({ loopback, phone, contact, get }: OtherSideParts): OtherSide => {
  let phones = 0

  const newestCode = async (): Promise<{ id: string; code: string }> => {
    const waiting = (await allSessions(get)).filter(({ status }) => status === 'scan_qr_code')
    for (const { id } of waiting.sort((a, b) => b.createdAt - a.createdAt)) {
      const qr = (await get(`/sessions/${id}/qr`)) as { code: string } | undefined
      if (qr !== undefined) return { id, code: qr.code }
    }
    throw new Error('no session shows a QR code: run npm run pair in another terminal')
  }

  return {
    ...createContact({ loopback, contact, owner: phone.pn }),
    async scan() {
      const { id, code } = await newestCode()
      phones += 1
      const account = loopback.account({ pn: `62811100010${phones}`, name: `Phone ${phones}` })
      const companion = await account.phone.scanQR(code)
      const told = { now: Date.now(), owner: account.pn }
      const seed = { pn: account.pn, name: account.name, chats: bakeryChats.map((chat) => chatOf(chat, told)) }
      populate(loopback, account, seed)
      await sendHistory(account, companion, seed)
      return `the phone ${account.pn} has scanned the code of ${id}`
    },
    async drop() {
      for (const companion of phone.companions.values()) companion.drop()
      return 'the connection was dropped; the gateway connects again by itself'
    },
  }
}
