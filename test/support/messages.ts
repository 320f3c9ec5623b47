/** Messages of the sandbox's connected session, for tests that change them and look at the phones that show them. */
import { expect, vi } from 'vitest'
import type { Account } from '../../loopback/index.ts'
import { read, sandbox } from './in-sandbox.ts'

/** What these tests look at of a message. */
export interface Shown {
  id: string
  waMessageId: string
  status: string
  body?: string
  edited: boolean
  deleted: boolean
  error?: string
  reactions?: { emoji: string; fromMe: boolean; senderJid?: string }[]
  poll?: { options: { name: string; votes: number }[]; voters: { options: string[]; fromMe: boolean }[] }
}

let numbers = 0
/** Somebody new. */
export const person = (): Account => {
  numbers += 1
  return sandbox.loopback.account({ pn: `62844400${String(numbers).padStart(4, '0')}`, name: `Person ${numbers}` })
}

const live = () => sandbox.target.fixtures.liveSession
/** The path of a message, or of all of them. @param id may have more of the path behind it */
export const pathOf = (session: string, id = '') => `/sessions/${session}/messages${id && `/${id}`}`

/** Calls the gateway with all capabilities. */
export const call = async (method: string, path: string, body?: object, key?: string) => {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: {
      Authorization: `Bearer ${sandbox.target.tokens.full}`,
      ...(body && { 'Content-Type': 'application/json' }),
      ...(key && { 'Idempotency-Key': key }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Shown }
}

/** Sends a text, or another kind of message. */
export const sent = async (to: string, what: string | object, session = live()) => {
  const content = typeof what === 'string' ? { type: 'text', text: what } : what
  return (await call('POST', pathOf(session), { ...content, to })).body
}
export const edit = (id: string, text: string, session = live()) => call('PATCH', pathOf(session, id), { text })
export const revoke = (id: string, session = live()) => call('DELETE', pathOf(session, id))
export const stored = async (id: string, session = live()) => (await read('GET', pathOf(session, id))).body as Shown
/** Why a call was refused, for programs. */
export const reason = ({ body }: { body: unknown }) =>
  (body as { error?: { details?: { reason?: string } } }).error?.details?.reason

/** What the phone shows of a message, when it does. */
export const shows = (phone: Account, id: string, expected: object) =>
  vi.waitFor(() => expect(phone.phone.screen.find(id)).toMatchObject(expected), 10_000)

/** The message as the gateway has it from this sender. */
export const incoming = (chat: string, waId: string, session = live()) =>
  vi.waitFor(async () => {
    const page = (await read('GET', `/sessions/${session}/chats/${chat}/messages`)).body as { data?: Shown[] }
    const found = page.data?.find(({ waMessageId }) => waMessageId === waId)
    if (found === undefined) throw new Error('not there yet')
    return found
  }, 10_000)
