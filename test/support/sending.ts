/** Shared by the tests that send messages in the sandbox: people who get them, and what their phones show. */
import { expect, vi } from 'vitest'
import type { Account } from '../../loopback/index.ts'
import { read, sandbox } from './in-sandbox.ts'

/** The members of a message that these tests look at. */
export interface Shown {
  id: string
  waMessageId: string
  chatJid: string
  status: string
  body: string
  timestamp: number
  expiresAt?: number
  quoted?: object
}

let numbers = 0
/** A person on WhatsApp to whom nobody has written. */
export const person = (): Account => {
  numbers += 1
  return sandbox.loopback.account({ pn: `62833300${String(numbers).padStart(4, '0')}`, name: `Person ${numbers}` })
}

export const messagesOf = (session: string) => `/sessions/${session}/messages`
export const text = (to: string, words: string, more: object = {}) => ({ type: 'text', to, text: words, ...more })
export const live = () => sandbox.target.fixtures.liveSession

/** What a phone shows of a message, by its id. */
export const received = (phone: Account, id: string) =>
  sandbox.loopback.next('message', (event) => event.phone === phone.pn && event.id === id)

export const wordsOf = (message: Awaited<ReturnType<typeof received>>['message']) => message.extendedTextMessage?.text

export const post = async (path: string, body: object, key?: string, signal?: AbortSignal) => {
  const response = await fetch(sandbox.url + path, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${sandbox.target.tokens.full}`,
      'Content-Type': 'application/json',
      ...(key && { 'Idempotency-Key': key }),
    },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Shown }
}

export const shown = async (session: string, id: string) =>
  (await read('GET', `${messagesOf(session)}/${id}`)).body as Shown
export const untilShown = (session: string, id: string, expected: object) =>
  vi.waitFor(async () => expect(await shown(session, id)).toMatchObject(expected), 15_000)
