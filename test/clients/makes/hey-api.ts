import { client } from '../generated/hey-api/client.gen.js'
import {
  createSession,
  deleteSession,
  getSession,
  listChatMessages,
  listChats,
  listSessions,
  readChat,
  setChatPresence,
} from '../generated/hey-api/index.js'
import type { Job } from './job.ts'

/** The client validates with zod what it sends and what it gets. */
export const job: Job = async ({ url, token, session, stoppedSession }) => {
  client.setConfig({ baseUrl: url, auth: token })
  const key = { 'Idempotency-Key': crypto.randomUUID() }
  const created = await createSession({ headers: key, body: { label: 'Front desk' } })
  const id = created.data?.id ?? ''
  const got = await getSession({ path: { session: id } })
  const list = await listSessions()

  const path = { session }
  const first = await listChats({ path, query: { limit: 1 } })
  const cursor = first.data?.nextCursor ?? ''
  const second = await listChats({ path, query: { limit: 1, cursor } })
  const chat = { session, cid: first.data?.data[0]?.jid ?? '' }
  const messages = await listChatMessages({ path: chat, query: { limit: 2 } })
  const read = await readChat({ path: chat })

  const typing = await setChatPresence({ path: chat, body: { state: 'composing' } })
  const refused = await setChatPresence({ path: { ...chat, session: stoppedSession }, body: { state: 'composing' } })
  const deleted = await deleteSession({ path: { session: id } })
  return {
    labels: [created.data?.label, got.data?.label],
    isListed: list.data?.data.some((one) => one.id === id) ?? false,
    chats: [chat.cid, second.data?.data[0]?.jid],
    times: messages.data?.data.map(({ timestamp }) => timestamp) ?? [],
    unread: [first.data?.data[0]?.unreadCount, read.data?.unreadCount],
    typing: typing.response?.status ?? 0,
    refused:
      refused.error?.error.code === 'not_implemented'
        ? [refused.error.error.code, refused.response?.status ?? 0]
        : undefined,
    deleted: deleted.response?.status ?? 0,
  }
}
