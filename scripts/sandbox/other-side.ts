/** What a person with a phone would do on the other side of the connected session; by keys in the terminal, or over HTTP. */
import type { Account, Loopback } from '../../loopback/index.ts'
import { chatOf } from './people/conversation.ts'
import { bakeryChats } from './people/others.ts'
import { populate } from './populate.ts'
import { sendHistory } from './send-history.ts'

export interface OtherSide {
  /** A new phone scans the newest QR code that a session shows, and sends its history. @throws when no session shows one */
  scan(): Promise<string>
  /** A message comes into the connected session. @param text what it says; absent: the next of a few */
  message(text?: string): Promise<string>
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

const lines = [
  'Are you still there?',
  'I forgot to ask: do you have the same basket with a lid?',
  'And what would a second one cost?',
  'No hurry. The cat is asleep in mine.',
  'I am on my way now.',
  'It is raining here, ten minutes later.',
  'Can you hear the bell? I am at the door.',
]

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
  let said = 0
  let phones = 0
  const sender = () => loopback.account({ pn: contact.jid, name: contact.name })

  const newestCode = async (): Promise<{ id: string; code: string }> => {
    const waiting = (await allSessions(get)).filter(({ status }) => status === 'scan_qr_code')
    for (const { id } of waiting.sort((a, b) => b.createdAt - a.createdAt)) {
      const qr = (await get(`/sessions/${id}/qr`)) as { code: string } | undefined
      if (qr !== undefined) return { id, code: qr.code }
    }
    throw new Error('no session shows a QR code: run npm run pair in another terminal')
  }

  return {
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
    async message(text = lines[said++ % lines.length] ?? '') {
      await sender().phone.send(phone.pn, text)
      return `${contact.name} has written: ${text}`
    },
    async drop() {
      for (const companion of phone.companions.values()) companion.drop()
      return 'the connection was dropped; the gateway connects again by itself'
    },
  }
}
