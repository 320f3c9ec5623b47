/** The requests that most of the traffic consists of. */
import { chatJid, sessionId } from './history.ts'
import type { Order } from './http-load.ts'

type Request = Omit<Order, 'port' | 'token'>

interface Where {
  /** What stands before the contract's paths. */
  prefix?: string
  session?: string
}

const chatPath = ({ prefix = '/api/v1', session = sessionId }: Where) =>
  `${prefix}/sessions/${session}/chats/${encodeURIComponent(chatJid(1))}`

export const presenceOrder = (where: Where = {}): Request => ({
  method: 'PUT',
  path: `${chatPath(where)}/presence`,
  body: '{"state":"composing"}',
  expect: 204,
})

/** The newest 50 messages. */
export const pageOrder = (where: Where = {}): Request => ({
  method: 'GET',
  path: `${chatPath(where)}/messages?limit=50`,
  expect: 200,
})

/** A text to the person whose chat the other requests are about. */
export const sendOrder = ({ prefix = '/api/v1', session = sessionId }: Where = {}): Request => ({
  method: 'POST',
  path: `${prefix}/sessions/${session}/messages`,
  body: JSON.stringify({ type: 'text', to: chatJid(1), text: 'Your table is free at seven.' }),
  expect: 200,
})
