import {
  createSession,
  deleteSession,
  getSession,
  listChatMessages,
  listChats,
  listSessions,
  readChat,
  setChatPresence,
} from '../generated/orval.js'
import type { Job } from './job.ts'
import { connect } from './orval-fetch.ts'

export const job: Job = async ({ url, token, session, stoppedSession }) => {
  connect(url, token)
  const created = await createSession({ label: 'Front desk' }, { headers: { 'Idempotency-Key': crypto.randomUUID() } })
  const id = created.status === 201 ? created.data.id : ''
  const got = await getSession(id)
  const list = await listSessions()

  const first = await listChats(session, { limit: 1 })
  const page = first.status === 200 ? first.data : { data: [], nextCursor: null }
  const second = await listChats(session, { limit: 1, ...(page.nextCursor !== null && { cursor: page.nextCursor }) })
  const cid = page.data[0]?.jid ?? ''
  const messages = await listChatMessages(session, cid, { limit: 2 })
  const read = await readChat(session, cid)

  const typing = await setChatPresence(session, cid, { state: 'composing' })
  const refused = await setChatPresence(stoppedSession, cid, { state: 'composing' })
  const deleted = await deleteSession(id)
  return {
    labels: [created, got].map((one) => (one.status === 201 || one.status === 200 ? one.data.label : undefined)),
    isListed: list.status === 200 && list.data.data.some((one) => one.id === id),
    chats: [cid, second.status === 200 ? second.data.data[0]?.jid : undefined],
    times: messages.status === 200 ? messages.data.data.map(({ timestamp }) => timestamp) : [],
    unread: [page.data[0]?.unreadCount, read.status === 200 ? read.data.unreadCount : undefined],
    typing: typing.status,
    refused: refused.status === 501 ? [refused.data.error.code, refused.status] : undefined,
    deleted: deleted.status,
  }
}
