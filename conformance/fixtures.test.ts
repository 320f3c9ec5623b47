/** Where states come from: the target file, the hook, a search. Each in turn, and none invented. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { suite } from './cases/index.ts'
import { createFixtureDesk } from './fixtures.ts'
import type { HookAddress, Target } from './target.ts'
import { createTransport } from './transport.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const listen = async (server: Server): Promise<string> => {
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers by path; what is not listed is 404. */
const gateway = (answers: Record<string, unknown>) =>
  listen(
    createServer((request, response) => {
      const path = (request.url ?? '').replace('/v1', '').replace(/\?.*/, '')
      const body = answers[path] ?? { error: { code: 'not_found', message: 'no' } }
      response.writeHead(path in answers ? 200 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    }),
  )

const textOf = async (request: IncomingMessage) => {
  let text = ''
  for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) text += part
  return text
}

/** @returns its URL, and what it was asked */
const httpHook = async (answer: (wish: { state: string }) => unknown) => {
  const wishes: string[] = []
  const url = await listen(
    createServer(async (request, response) => {
      const text = await textOf(request)
      wishes.push(`${request.method} ${text}`)
      const made = request.method === 'DELETE' ? {} : answer(JSON.parse(text))
      response.writeHead(made === undefined ? 404 : 200).end(JSON.stringify(made ?? {}))
    }),
  )
  return { url, wishes }
}

const deskOf = (origin: string, fixtures: Target['fixtures'] & HookAddress = {}, more: Partial<Target> = {}) => {
  const baseUrl = `${origin}/v1`
  const transport = createTransport(baseUrl, 20_000, 4)
  ends.push(transport.close)
  return createFixtureDesk(
    suite,
    {
      target: { name: 'tiny', version: '0', kind: 'server' },
      baseUrl,
      contract: { version: '1.0' },
      tokens: { full: 'wa_full', otherOrg: 'wa_other' },
      fixtures,
      ...more,
    },
    transport,
  )
}

const nothing = { missing: [], info: [] }
const list = (...data: unknown[]) => ({ data, nextCursor: null })

test('what is given is taken as it is', async () => {
  const desk = deskOf('http://127.0.0.1:9', { liveSession: 'sess_a' })
  expect(await desk.settle(['fixtures.liveSession', 'tokens.full'])).toEqual(nothing)
})

describe('a hook', () => {
  test('is asked once for what is not given, and told when the run is over', async () => {
    const hook = await httpHook(() => ({ id: 'a@s.whatsapp.net', unread: 2 }))
    const desk = deskOf('http://127.0.0.1:9', { url: hook.url, liveSession: 'sess_a' })
    const [one, two] = await Promise.all([desk.settle(['fixtures.unreadChat']), desk.settle(['fixtures.unreadChat'])])
    expect(one).toEqual({ missing: [], info: ['fixtures.unreadChat was asked, not given'] })
    expect(two).toEqual(one)
    expect(desk.target.fixtures.unreadChat).toEqual({ id: 'a@s.whatsapp.net', unread: 2 })
    await desk.release()
    const wish = '"state":"unreadChat","params":{"session":"sess_a"}'
    expect(hook.wishes).toEqual([`PUT {${wish}}`, `DELETE {${wish},"value":{"id":"a@s.whatsapp.net","unread":2}}`])
  })

  test('makes another chat unread when the given one was read', async () => {
    const origin = await gateway({ '/sessions/sess_a/chats/a@s.whatsapp.net': { unreadCount: 0 } })
    const hook = await httpHook(() => ({ id: 'b@s.whatsapp.net', unread: 1 }))
    const given = { liveSession: 'sess_a', unreadChat: { id: 'a@s.whatsapp.net', unread: 1 } }
    const desk = deskOf(origin, { ...given, url: hook.url })
    await desk.settle(['fixtures.unreadChat'])
    expect(desk.target.fixtures.unreadChat?.id).toBe('b@s.whatsapp.net')
    const alone = deskOf(origin, given)
    expect((await alone.settle(['fixtures.unreadChat'])).missing).toEqual([
      'fixtures.unreadChat has nothing unread: it was marked read, and something must come in first',
    ])
  })

  test('names a younger message in place of one that is too old to be edited', async () => {
    const ages = { msg_old: 3_600_000, msg_new: 60_000 }
    const origin = await gateway(
      Object.fromEntries(
        Object.entries(ages).map(([id, ageMs]) => [
          `/sessions/sess_off/messages/${id}`,
          { id, timestamp: Date.now() - ageMs },
        ]),
      ),
    )
    const given = { offlineSession: 'sess_off', offlineMessage: { id: 'msg_old' } }
    const { url } = await httpHook(() => ({ id: 'msg_new' }))
    const desk = deskOf(origin, { ...given, url })
    await desk.settle(['fixtures.offlineMessage'])
    expect(desk.target.fixtures.offlineMessage).toEqual({ id: 'msg_new' })
    const young = deskOf(origin, { ...given, offlineMessage: { id: 'msg_new' } })
    expect(await young.settle(['fixtures.offlineMessage'])).toEqual(nothing)
    const alone = deskOf(origin, given)
    expect(await alone.settle(['fixtures.offlineMessage'])).toEqual(nothing)
    expect(alone.target.fixtures.offlineMessage).toEqual({ id: 'msg_old' })
  })

  test.for([
    ['does not know the state', (): unknown => undefined, 'the target file has no fixtures.busyChat'],
    [
      'answers nonsense',
      (): unknown => ({ chat: 1 }),
      /fixtures.busyChat: what the hook has made of it .*must have required/,
    ],
  ] as const)('that %s leaves it missing, and says so', async ([, answer, reason]) => {
    const { url } = await httpHook(answer)
    const { missing } = await deskOf('http://127.0.0.1:9', { url, liveSession: 'sess_a' }).settle(['fixtures.busyChat'])
    expect(missing).toEqual([expect.stringMatching(reason)])
  })

  test('is asked for another chat in place of one that a case found used up, and the old one stays if there is none', async () => {
    const twin = '628111111111@s.whatsapp.net'
    const made: unknown[] = [{ id: '628222222222@s.whatsapp.net' }]
    const { url, wishes } = await httpHook(() => made.pop())
    const desk = deskOf(await gateway({}), { url, twinChat: { id: twin } })
    await desk.settle(['fixtures.twinChat'])
    expect([desk.target.fixtures.twinChat, wishes]).toEqual([{ id: twin }, []])
    expect(await desk.replace('fixtures.twinChat')).toBe(true)
    expect(desk.target.fixtures.twinChat).toEqual({ id: '628222222222@s.whatsapp.net' })
    expect(await desk.replace('fixtures.twinChat')).toBe(false)
    expect(desk.target.fixtures.twinChat).toEqual({ id: '628222222222@s.whatsapp.net' })
    expect((await desk.settle(['fixtures.twinChat'])).missing).toEqual([])
  })

  test('makes another chat unread when a case that read it is to run again', async () => {
    const jids = ['628111111111@s.whatsapp.net', '628222222222@s.whatsapp.net']
    const chats = jids.map((id) => [`/sessions/sess_live/chats/${id}`, { jid: id, unreadCount: 0 }])
    const { url, wishes } = await httpHook(() => ({ id: jids[wishes.length - 1], unread: 2 }))
    const desk = deskOf(await gateway(Object.fromEntries(chats)), { url, liveSession: 'sess_live' })
    await desk.settle(['fixtures.unreadChat'])
    expect(await desk.renew(['fixtures.liveSession'])).toEqual([])
    expect(desk.target.fixtures.unreadChat).toEqual({ id: jids[0], unread: 2 })
    expect(await desk.renew(['fixtures.liveSession', 'fixtures.unreadChat'])).toEqual([])
    expect([desk.target.fixtures.unreadChat, wishes.length]).toEqual([{ id: jids[1], unread: 2 }, 2])
  })

  test('that is not there: one message says what to add, whatever is asked of it', async () => {
    const desk = deskOf('http://127.0.0.1:9', { liveSession: 'sess_a', busyChat: { id: '628@s.whatsapp.net' } })
    const noHook = 'the target file has no hook (fixtures.url or fixtures.command), and only a hook'
    expect((await desk.settle(['fixtures.busyChat'])).missing).toEqual([
      `${noHook} lets messages come into fixtures.busyChat`,
    ])
    await expect(desk.happen('exhausted', {})).rejects.toThrow(`${noHook} brings about exhausted`)
  })

  test('that is gone leaves it missing, and says so', async () => {
    const desk = deskOf('http://127.0.0.1:9', { url: 'http://127.0.0.1:9/' })
    expect((await desk.settle(['fixtures.pairingPhone'])).missing[0]).toContain('the hook does not answer')
    await expect(desk.happen('incomingMessage', {})).rejects.toThrow('the hook does not answer')
  })

  test('may be a program: it reads its wish and prints what it made', async () => {
    const program = `process.stdin.once('data', (wish) => {
      const { do: what, state } = JSON.parse(wish)
      console.log(what === 'make' && state === 'pairingPhone' ? '"6281234567"' : 'null')
    })`
    const desk = deskOf('http://127.0.0.1:9', { command: [process.execPath, '-e', program] })
    await desk.settle(['fixtures.pairingPhone'])
    expect(desk.target.fixtures.pairingPhone).toBe('6281234567')
    await expect(desk.happen('incomingMessage', {})).rejects.toThrow('the hook does not know incomingMessage')
    const broken = deskOf('http://127.0.0.1:9', { command: [process.execPath, '-e', 'process.exit(3)'] })
    expect((await broken.settle(['fixtures.pairingPhone'])).missing[0]).toContain('the hook ended with 3')
  })
})

describe('a search', () => {
  const messages = Array.from({ length: 6 }, (_, index) => ({ id: `m${index}` }))
  const answers = {
    '/sessions': list({ id: 'sess_new', status: 'scan_qr_code' }, { id: 'sess_a', status: 'working' }),
    '/sessions/sess_new/chats': list({ jid: 'x@g.us' }, { jid: 'y@g.us' }),
    '/sessions/sess_a/chats': list(
      { jid: 'few@g.us', unreadCount: 4 },
      { jid: 'many@g.us', unreadCount: 1 },
      { jid: 'some@g.us', unreadCount: 0 },
    ),
    '/sessions/sess_a/chats/few@g.us/messages': list(...messages.slice(0, 1)),
    '/sessions/sess_a/chats/many@g.us/messages': list(...messages),
    '/sessions/sess_a/chats/some@g.us/messages': list(...messages.slice(0, 2)),
  }

  test('finds sessions and chats that are as they should be', async () => {
    const desk = deskOf(await gateway(answers))
    const { missing, info } = await desk.settle([
      'fixtures.unreadChat',
      'fixtures.otherChat',
      'fixtures.chat',
      'fixtures.offlineSession',
    ])
    expect(missing).toEqual([])
    expect(info).toContain('fixtures.chat was found, not given')
    expect(desk.target.fixtures).toEqual({
      liveSession: 'sess_a',
      offlineSession: 'sess_new',
      chat: { id: 'many@g.us', messageIds: messages.map(({ id }) => id), unread: 1 },
      otherChat: { id: 'some@g.us' },
      unreadChat: { id: 'few@g.us', unread: 4 },
    })
  })

  test('makes up what nobody has', async () => {
    const desk = deskOf(await gateway({}))
    expect(await desk.settle(['fixtures.unknownSession', 'fixtures.unknownChat'])).toMatchObject({ missing: [] })
    expect(desk.target.fixtures).toEqual({
      unknownSession: expect.stringMatching(/^sess_[0-9A-HJKMNP-TV-Z]{26}$/),
      unknownChat: expect.stringMatching(/^1000\d{7}@s\.whatsapp\.net$/),
    })
  })

  test('says what it did not find, and asks nothing that is not claimed', async () => {
    const desk = deskOf(await gateway(answers), {}, { profile: { sessions: false } })
    expect((await desk.settle(['fixtures.liveSession', 'fixtures.chat'])).missing).toEqual([
      'the target file has no fixtures.liveSession',
      'the target file has no fixtures.chat',
    ])
  })

  test('takes no chats of a server that people may be using', async () => {
    const desk = deskOf('https://gateway.example', { liveSession: 'sess_a' })
    expect((await desk.settle(['fixtures.otherChat'])).missing).toEqual(['the target file has no fixtures.otherChat'])
  })
})
