import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { type Caller, caller, codeOf } from '../support/api.ts'

interface List<T> {
  data: T[]
  nextCursor: string | null
}
interface Message {
  id: string
  waMessageId: string
  timestamp: number
}
interface Chat {
  jid: string
  unreadCount: number
}

let sandbox: Sandbox
let read: Caller
let full: Caller

beforeAll(async () => {
  sandbox = await startSandbox()
  read = caller(sandbox.url, sandbox.target.tokens.readOnly)
  full = caller(sandbox.url, sandbox.target.tokens.full)
})
afterAll(() => sandbox?.close())

const messagesPath = (cid: string, query = '') =>
  `/sessions/${sandbox.target.fixtures.liveSession}/chats/${cid}/messages${query}`

const page = async <T>(path: string): Promise<List<T>> => {
  const answer = await read('GET', path)
  expect(answer.status).toBe(200)
  return answer.body as List<T>
}

/** All rows by following cursors; more pages than rows is a loop. */
const walk = async <T>(path: string, limit: number): Promise<T[]> => {
  const rows: T[] = []
  let cursor: string | null = null
  do {
    const query: string = `?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`
    const { data, nextCursor }: List<T> = await page<T>(path + query)
    expect(data.length).toBeLessThanOrEqual(limit)
    rows.push(...data)
    cursor = nextCursor
    expect(rows.length).toBeLessThan(10_000)
  } while (cursor !== null)
  return rows
}

describe('listChatMessages', () => {
  test.each([1, 7, 50, 115, 200])('a walk with limit %d shows each message once, newest first', async (limit) => {
    const { id, messageIds } = sandbox.target.fixtures.chat
    const rows = await walk<Message>(messagesPath(id), limit)
    expect(rows.map(({ waMessageId }) => waMessageId)).toEqual(messageIds)
    expect(rows.map(({ timestamp }) => timestamp)).toEqual(rows.map(({ timestamp }) => timestamp).sort((a, b) => b - a))
  })

  test.each([
    ['', 50],
    ['?limit=0', 50],
    ['?limit=200', 200],
    ['?limit=201', 200],
    ['?limit=9007199254740991', 200],
  ])('%s is a page of %d', async (query, size) => {
    const { data } = await page(messagesPath(sandbox.target.fixtures.chat.id, query))
    expect(data).toHaveLength(size)
  })

  test('messages that arrive during a walk shift nothing', async () => {
    const { id } = sandbox.target.fixtures.otherChat
    const before = await walk<Message>(messagesPath(id), 200)
    const first = await page<Message>(messagesPath(id, '?limit=4'))
    const sender = sandbox.loopback.account({ pn: id, name: 'Dewi Anggraini' })
    await sender.phone.send(sandbox.phone.pn, 'one more thing')
    await expect
      .poll(async () => (await walk(messagesPath(id), 200)).length, { timeout: 5_000 })
      .toBe(before.length + 1)
    const rest: Message[] = []
    for (let cursor = first.nextCursor; cursor !== null; ) {
      const next: List<Message> = await page<Message>(messagesPath(id, `?limit=4&cursor=${cursor}`))
      rest.push(...next.data)
      cursor = next.nextCursor
    }
    const ids = (rows: Message[]) => rows.map((row) => row.id)
    expect(ids([...first.data, ...rest])).toEqual(ids(before))
  })

  test('422: a cursor of another chat, of another list, of another session, of another organization, or changed', async () => {
    const { fixtures, tokens } = sandbox.target
    const own = await page(messagesPath(fixtures.chat.id, '?limit=1'))
    const other = await page(messagesPath(fixtures.otherChat.id, '?limit=1'))
    const chats = await page(`/sessions/${fixtures.liveSession}/chats?limit=1`)
    const offline = await page(`/sessions/${fixtures.offlineSession}/chats/${fixtures.chat.id}/messages?limit=1`)
    const foreignCall = caller(sandbox.url, tokens.otherOrg)
    const foreign = (await foreignCall('GET', `/sessions/${fixtures.otherOrgSession}/chats?limit=200`))
      .body as List<Chat>
    const foreignPath = `/sessions/${fixtures.otherOrgSession}/chats/${foreign.data[0]?.jid}/messages?limit=1`
    const foreignPage = (await foreignCall('GET', foreignPath)).body as List<Message>
    const cursor = String(own.nextCursor)
    const wrong = [other.nextCursor, chats.nextCursor, offline.nextCursor, foreignPage.nextCursor]
    for (const text of [...wrong, `${cursor}A`, cursor.slice(1), 'null']) {
      expect(text).toEqual(expect.any(String))
      const answer = await read('GET', messagesPath(fixtures.chat.id, `?cursor=${text}`))
      expect([text, answer.status, codeOf(answer)]).toEqual([text, 422, 'validation_error'])
    }
    for (let at = 0; at < cursor.length; at += 1) {
      const flipped = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1)
      expect((await read('GET', messagesPath(fixtures.chat.id, `?cursor=${flipped}`))).status).toBe(422)
    }
  })

  test('404: the chat is not stored', async () => {
    const answer = await read('GET', messagesPath(sandbox.target.fixtures.unknownChat))
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  })

  test('HEAD answers like GET, without the body', async () => {
    const path = messagesPath(sandbox.target.fixtures.chat.id)
    const [head, get] = [await read('HEAD', path), await read('GET', path)]
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
  })
})

describe('listChats', () => {
  test.each([1, 5, 200])('a walk with limit %d shows each chat once, latest activity first', async (limit) => {
    const path = `/sessions/${sandbox.target.fixtures.offlineSession}/chats`
    const all = await walk<Chat>(path, 200)
    expect(await walk<Chat>(path, limit)).toEqual(all)
    expect(all.length).toBeGreaterThan(1)
    expect(new Set(all.map(({ jid }) => jid)).size).toBe(all.length)
  })
})

describe('readChat', () => {
  test('clears the counter, tells WhatsApp nothing, and answers the same when called again', async () => {
    const { liveSession, unreadChat } = sandbox.target.fixtures
    const path = `/sessions/${liveSession}/chats/${unreadChat.id}`
    expect((await read('GET', path)).body).toMatchObject({ unreadCount: unreadChat.unread })
    const receipts = sandbox.loopback.stats.receipts
    const first = await full('POST', `${path}/read`)
    expect(first).toMatchObject({ status: 200, body: { jid: unreadChat.id, unreadCount: 0 } })
    const second = await full('POST', `${path}/read`)
    expect(second.text).toBe(first.text)
    expect((await read('GET', path)).text).toBe(first.text)
    expect(sandbox.loopback.stats.receipts).toBe(receipts)
  })

  test('a new message counts again', async () => {
    const { liveSession } = sandbox.target.fixtures
    const cid = '628222000019@s.whatsapp.net'
    const sender = sandbox.loopback.account({ pn: cid, name: 'New customer' })
    await sender.phone.send(sandbox.phone.pn, 'hello')
    const chat = async () => (await read('GET', `/sessions/${liveSession}/chats/${cid}`)).body
    await expect.poll(chat, { timeout: 5_000 }).toMatchObject({ unreadCount: 1 })
    expect((await full('POST', `/sessions/${liveSession}/chats/${cid}/read`)).body).toMatchObject({ unreadCount: 0 })
    await sender.phone.send(sandbox.phone.pn, 'still there?')
    await expect.poll(chat, { timeout: 5_000 }).toMatchObject({ unreadCount: 1 })
  })
})
