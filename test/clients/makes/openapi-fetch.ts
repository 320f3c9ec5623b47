import createClient from 'openapi-fetch'
import type { paths } from '../generated/openapi-typescript.js'
import type { Job } from './job.ts'

export const job: Job = async ({ url, token, session, stoppedSession }) => {
  const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } })
  const key = { 'Idempotency-Key': crypto.randomUUID() }
  const created = await api.POST('/sessions', { params: { header: key }, body: { label: 'Front desk' } })
  const id = created.data?.id ?? ''
  const got = await api.GET('/sessions/{session}', { params: { path: { session: id } } })
  const list = await api.GET('/sessions')

  const path = { session }
  const first = await api.GET('/sessions/{session}/chats', { params: { path, query: { limit: 1 } } })
  const cursor = first.data?.nextCursor ?? ''
  const second = await api.GET('/sessions/{session}/chats', { params: { path, query: { limit: 1, cursor } } })
  const chat = { session, cid: first.data?.data[0]?.jid ?? '' }
  const messages = await api.GET('/sessions/{session}/chats/{cid}/messages', {
    params: { path: chat, query: { limit: 2 } },
  })
  const read = await api.POST('/sessions/{session}/chats/{cid}/read', { params: { path: chat } })

  const presence = '/sessions/{session}/chats/{cid}/presence'
  const typing = await api.PUT(presence, { params: { path: chat }, body: { state: 'composing' } })
  const refused = await api.PUT(presence, {
    params: { path: { ...chat, session: stoppedSession } },
    body: { state: 'composing' },
  })
  const deleted = await api.DELETE('/sessions/{session}', { params: { path: { session: id } } })
  return {
    labels: [created.data?.label, got.data?.label],
    isListed: list.data?.data.some((one) => one.id === id) ?? false,
    chats: [chat.cid, second.data?.data[0]?.jid],
    times: messages.data?.data.map(({ timestamp }) => timestamp) ?? [],
    unread: [first.data?.data[0]?.unreadCount, read.data?.unreadCount],
    typing: typing.response.status,
    refused:
      refused.error?.error.code === 'not_implemented' ? [refused.error.error.code, refused.response.status] : undefined,
    deleted: deleted.response.status,
  }
}
