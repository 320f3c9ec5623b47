/**
 * Brings about on the sandbox what a caller of the API can't, or not without disturbing others: a chat with something unread, a
 * message that comes in, a limit that is reached. Off the contract, on a port of its own on 127.0.0.1, behind a path that only
 * the target file tells.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Account, Companion, Loopback } from '../../loopback/index.ts'
import type { LoginChange } from './login-server.ts'
import type { createExhaust } from './paced.ts'
import { pictured, pictureOf, sha256Of } from './people/pictures.ts'
import type { SeedAccount, SeedChat, SeedMessage } from './people/seed.ts'
import { sendHistory } from './send-history.ts'
import { waitFor } from './wait-for.ts'

export interface SandboxHook {
  url: string
  close(): Promise<void>
}

/** The connected session: whose phone it is, and which of its chats the hook may do with as it likes. */
export interface Stage {
  account: Account
  companion: Companion
  seed: SeedAccount
  spare: readonly SeedChat[]
  loopback: Loopback
  /** The account of the session from which the suite sends. */
  sender: Account
  exhaust: ReturnType<typeof createExhaust>
  /** Makes a login token of an owner that differs in this. */
  login(change: LoginChange): Promise<string>
  /** Makes the chat that three sessions have with one person unread again, in the two that are not this one. */
  unreadTwin(): Promise<{ id: string }>
  /** Stores a text that the account of the session without a client has just sent. */
  offlineText(): Promise<{ id: string }>
  /** Reads something of the session over HTTP, by the path behind it. */
  ask(path: string): Promise<unknown>
}

interface Wish {
  state: string
  params?: {
    chat?: string
    ageMs?: number
    message?: string
    emoji?: string
    options?: string[]
    operation?: string
    reason?: string
    whatsappCode?: number
    presence?: string
  } & LoginChange
  value?: { id?: string }
}

interface MessagePage {
  data: { id: string; waMessageId: string }[]
  nextCursor: string | null
}

/** How many messages are to be unread: not what the chat has already, or nothing would show that the phone's word was taken. */
const unreadBeside = (now: number) => (now === 2 ? 3 : 2)

const maxWishBytes = 16_384
const maxLentMs = 5 * 60_000

export const startHook = async (stage: Stage): Promise<SandboxHook> => {
  const path = `/${randomBytes(16).toString('hex')}`
  const wishes = grant(stage)
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    if (request.url !== path) return answer(404, { error: 'not found' })
    try {
      const wish = await readWish(request)
      if (request.method === 'DELETE') return answer(200, wishes.release(wish))
      if (request.method !== 'PUT') return answer(405, { error: 'PUT or DELETE' })
      const made = await wishes.make(wish)
      return made === undefined ? answer(404, { error: `no state ${wish.state}` }) : answer(200, made)
    } catch (error) {
      return answer(409, { error: error instanceof Error ? error.message : String(error) })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const readWish = async (request: IncomingMessage): Promise<Wish> => {
  let text = ''
  for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += part
    if (text.length > maxWishBytes) throw new Error('the request is too long')
  }
  return JSON.parse(text) as Wish
}

const grant = ({
  account,
  companion,
  seed,
  spare,
  loopback,
  sender,
  exhaust,
  login,
  unreadTwin,
  offlineText,
  ask,
}: Stage) => {
  // Chats that no target file names. A message comes into one kind only, so that the other keeps its place in the list.
  const [calm, busy, album] = [spare.slice(0, 4), spare.slice(4, -1), spare.at(-1)]
  const lentAt = new Map<string, number>()
  const came = new Map<string, number>()
  /** How many receivers were made to whom WhatsApp delivers nothing. */
  let refused = 0

  const lend = (chats: readonly SeedChat[]): SeedChat => {
    // A run that was killed gives nothing back.
    const isFree = ({ jid }: SeedChat) => Date.now() - (lentAt.get(jid) ?? 0) > maxLentMs
    const chat = chats.find(isFree)
    if (chat === undefined) throw new Error('every such chat is in use; release one with DELETE')
    lentAt.set(chat.jid, Date.now())
    return chat
  }

  /** All messages of a chat. */
  const messagesIn = async (jid: string): Promise<MessagePage['data']> => {
    const messages: MessagePage['data'] = []
    for (let next: string | null | undefined; next !== null; ) {
      const query = `?limit=200${next === undefined ? '' : `&cursor=${next}`}`
      const page = (await ask(`/chats/${jid}/messages${query}`)) as MessagePage
      messages.push(...page.data)
      next = page.nextCursor
    }
    return messages
  }

  /** A message comes in. @returns it as it is stored */
  const arrive = async (chat: SeedChat, content: (count: number) => SeedMessage['content'], ageMs = 0) => {
    const count = (came.get(chat.jid) ?? 0) + 1
    came.set(chat.jid, count)
    const sender = loopback.account({ pn: chat.jid.split('@')[0] ?? '', name: chat.name })
    // A second apart: newest in its chat, and still older than the chat before it in the list.
    const newest = (chat.messages[0]?.timestamp ?? 0) + count * 1_000
    const id = await sender.phone.send(account.pn, content(count), { at: newest - ageMs })
    return waitFor(`the message in ${chat.name}`, async () =>
      (await messagesIn(chat.jid)).find(({ waMessageId }) => waMessageId === id),
    )
  }

  /** A picture comes in. @param change what its message says that is not so */
  const picture = async (text: string, change: object = {}) => {
    if (album === undefined) throw new Error('there is no chat for pictures')
    const bytes = await pictureOf(text)
    const imageMessage = { ...pictured(bytes, loopback.media), ...change }
    const { id } = await arrive(album, () => ({ imageMessage }))
    return { id, sha256: sha256Of(bytes), size: bytes.length }
  }

  const personAt = (jid: string) => loopback.account({ pn: jid.split('@')[0] ?? '' })

  const makers: Record<string, (wish: Wish) => Promise<unknown>> = {
    unreadChat: async () => {
      const chat = lend(calm)
      const unreadNow = async () => ((await ask(`/chats/${chat.jid}`)) as { unreadCount: number }).unreadCount
      const unread = unreadBeside(await unreadNow())
      // As on the phone's own word, and with a message that is stored already: the chat keeps its place in the list.
      const history = { ...chat, unread, messages: chat.messages.slice(0, 1) }
      await sendHistory(account, companion, { ...seed, chats: [history] })
      await waitFor(`something unread in ${chat.name}`, async () => (await unreadNow()) === unread || undefined)
      return { id: chat.jid, unread }
    },
    twinChat: unreadTwin,
    offlineMessage: offlineText,
    exhausted: ({ params: { operation = '', reason = '' } = {} }) => exhaust(operation, reason),
    loginToken: async ({ params = {} }) => ({ token: await login(params) }),
    refusal: async ({ params: { whatsappCode } = {} }) => {
      if (whatsappCode === undefined) throw new Error('a refusal needs a whatsappCode')
      refused += 1
      const { pn, lid } = loopback.account({
        pn: `6282230${String(refused).padStart(5, '0')}`,
        name: 'Nobody to write to',
      })
      loopback.faults.onMessage((stanza) => stanza.attrs.to === pn || stanza.attrs.to === lid, whatsappCode)
      return { to: pn }
    },
    busyChat: async () => ({ id: lend(busy).jid }),
    incomingMessage: async ({ params: { chat: jid, ageMs } = {} }) => {
      const chat = busy.find((one) => one.jid === jid)
      if (chat === undefined) throw new Error('messages come only into a busyChat')
      const { waMessageId } = await arrive(chat, (count) => `message ${count}`, ageMs)
      return { id: waMessageId }
    },
    // Of what the suite has sent, by its receiver.
    incomingReaction: async ({ params: { chat = '', message: id = '', emoji = '' } = {} }) => {
      await personAt(chat).phone.react(sender.pn, { id, fromMe: false }, emoji)
      return {}
    },
    incomingVote: async ({ params: { chat = '', message = '', options = [] } = {} }) => {
      await personAt(chat).phone.vote(sender.pn, message, options)
      return {}
    },
    // Of the account that the session is of, whose phone has it in a chat.
    incomingPresence: async ({ params: { chat = '', presence = '' } = {} }) => {
      const state = (['composing', 'recording', 'paused'] as const).find((one) => one === presence)
      if (state === undefined) throw new Error('a presence is composing, recording or paused')
      personAt(chat).phone.showChatstate(account.pn, state)
      return {}
    },
    incomingPicture: () => picture(`a picture that came in ${randomBytes(8).toString('hex')}`),
    brokenPicture: async () => ({ id: (await picture('another picture', { fileSha256: randomBytes(32) })).id }),
  }

  return {
    make: async (wish: Wish) => makers[wish.state]?.(wish),
    release: ({ value }: Wish) => {
      lentAt.delete(value?.id ?? '')
      return {}
    },
  }
}
