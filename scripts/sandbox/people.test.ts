/** What there is to see in the sandbox: every kind of message, every member of chats and messages that may be absent. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enums } from '../../generated/enums.ts'
import type { components } from '../../generated/types.ts'
import { shownOf } from './people/seed.ts'
import { ayu, bakery, neighbour } from './people.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

type Chat = components['schemas']['Chat']
type Message = components['schemas']['Message']

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../generated/openapi.json'), 'utf8'))

describe('served', () => {
  let sandbox: Sandbox
  let chats: Chat[]
  let messages: Message[]

  beforeAll(async () => {
    sandbox = await startSandbox()
    const { url, target } = sandbox
    const list = async <T>(path: string): Promise<T[]> => {
      const answer = await fetch(`${url}/sessions/${target.fixtures.liveSession}${path}?limit=200`, {
        headers: { Authorization: `Bearer ${target.tokens.readOnly}` },
      })
      return ((await answer.json()) as { data: T[] }).data
    }
    chats = await list<Chat>('/chats')
    messages = (await Promise.all(chats.map(({ jid }) => list<Message>(`/chats/${jid}/messages`)))).flat()
  })
  afterAll(async () => {
    expect(sandbox?.loopback.unhandled).toEqual([])
    await sandbox?.close()
  })

  const membersOf = (objects: object[]) => new Set(objects.flatMap(Object.keys))
  const schemas = document.components.schemas as Record<string, { properties: Record<string, unknown> }>

  test('every kind of message, and every status of own ones', () => {
    expect(new Set(messages.map(({ type }) => type))).toEqual(new Set(enums.MessageType))
    expect(new Set(messages.flatMap(({ status }) => status ?? []))).toEqual(new Set(enums.MessageStatus))
  })

  test('every member of chats, messages and media; but why a message failed, which no history says', () => {
    const { Chat, Message, Media } = schemas
    expect(membersOf(chats)).toEqual(new Set(Object.keys(Chat?.properties ?? {})))
    expect(membersOf(messages)).toEqual(
      new Set(Object.keys(Message?.properties ?? {}).filter((name) => name !== 'error')),
    )
    expect(membersOf(messages.flatMap(({ media }) => media ?? []))).toEqual(
      new Set(Object.keys(Media?.properties ?? {})),
    )
  })

  test('chats that are pinned, archived, muted, unread; messages that were edited and deleted', () => {
    for (const is of [
      ({ pinned }: Chat) => pinned,
      ({ archived }: Chat) => archived,
      ({ mutedUntil }: Chat) => (mutedUntil ?? 0) > Date.now(),
      ({ unreadCount }: Chat) => unreadCount > 0,
    ])
      expect(chats.filter(is)).not.toEqual([])
    expect(messages.filter(({ edited }) => edited)).not.toEqual([])
    expect(messages.filter(({ deleted }) => deleted)).not.toEqual([])
  })
})

describe.each([
  ['Toko Ayu', ayu],
  ['Roti Pagi', bakery],
  ['Bengkel Jaya', neighbour],
])('written, of %s', (_name, account) => {
  const now = Date.parse('2026-11-29T10:00:00Z')
  const { chats } = account(now)

  test('messages are in the order of their times, and none is of the future', () => {
    for (const { messages } of chats) {
      const times = messages.map(({ timestamp }) => timestamp)
      expect(times).toEqual(times.toSorted((a, b) => b - a))
      expect(Math.max(...times)).toBeLessThan(now)
    }
  })

  test('what is unread was written by others', () => {
    for (const chat of chats) {
      expect(
        shownOf(chat)
          .slice(0, chat.unread)
          .filter(({ fromMe }) => fromMe),
      ).toEqual([])
      expect(chat.unread).toBeLessThan(chat.messages.length)
    }
  })

  test('nobody says anything twice', () => {
    const said = chats.flatMap(({ messages }) =>
      messages.flatMap(({ content }) => (typeof content === 'string' && content.length > 12 ? content : [])),
    )
    expect(said.length).toBe(new Set(said).size)
  })
})
