/** Reads everything of a session over the API, page by page, as a client would. */
import type { components } from '../../../generated/types.ts'
import type { Call } from './caller.ts'

export type Chat = components['schemas']['Chat']
export type Message = components['schemas']['Message']

export interface Stored {
  chats: Chat[]
  /** Each with the chat that it was found in. */
  messages: { chat: string; message: Message }[]
}

/** @throws when a page can't be read */
export const readStored = async (call: Call, sessionId: string): Promise<Stored> => {
  const chats = await pages<Chat>(call, `/sessions/${sessionId}/chats`)
  const messages: Stored['messages'] = []
  for (const chat of chats)
    for (const message of await readChat(call, sessionId, chat.jid)) messages.push({ chat: chat.jid, message })
  return { chats, messages }
}

/** The chat's messages, newest first; none while there is no such chat. */
export const readChat = (call: Call, sessionId: string, cid: string): Promise<Message[]> =>
  pages<Message>(call, `/sessions/${sessionId}/chats/${cid}/messages`)

const pages = async <T>(call: Call, path: string): Promise<T[]> => {
  const all: T[] = []
  let cursor = ''
  for (;;) {
    const { status, body, text } = await call('GET', `${path}?limit=200${cursor}`)
    if (status === 404 && path.endsWith('/messages')) return all
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text.slice(0, 200)}`)
    const page = body as { data: T[]; nextCursor: string | null }
    all.push(...page.data)
    if (page.nextCursor === null) return all
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
  }
}
