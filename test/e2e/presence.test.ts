import { describe, expect, test } from 'vitest'
import { type Caller, caller, codeOf } from '../support/api.ts'
import { full, inSandbox, sandbox } from '../support/in-sandbox.ts'

inSandbox()

const presence = (session: string, cid = sandbox.target.fixtures.chat.id) =>
  `/sessions/${session}/chats/${cid}/presence`

describe('setChatPresence 204: WhatsApp receives', () => {
  test.each([
    ['composing', { tag: 'composing', attrs: {} }],
    ['recording', { tag: 'composing', attrs: { media: 'audio' } }],
    ['paused', { tag: 'paused', attrs: {} }],
  ])('%s', async (state, child) => {
    const { liveSession, chat } = sandbox.target.fixtures
    const answer = await full('PUT', presence(liveSession), { state })
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(answer.headers.get('content-type')).toBeNull()
    const seen = await sandbox.loopback.next('chatstate', (event) => event.state === state)
    expect(seen.to).toBe(chat.id)
    expect(seen.stanza.content).toMatchObject([child])
  })

  test('a chat that is not stored: presence needs none', async () => {
    const { liveSession, unknownChat } = sandbox.target.fixtures
    expect((await full('PUT', presence(liveSession, unknownChat), { state: 'paused' })).status).toBe(204)
    await sandbox.loopback.next('chatstate', ({ to }) => to === unknownChat)
  })

  test.each([
    ['a percent-encoded JID', '628222000001%40s.whatsapp.net', '628222000001@s.whatsapp.net'],
    ['a LID', '98765432101234@lid', '98765432101234@lid'],
    ['a group', '120363041234567890@g.us', '120363041234567890@g.us'],
    ['a group of the old form', '628111000001-1600000000@g.us', '628111000001-1600000000@g.us'],
  ])('%s', async (_name, cid, to) => {
    const { liveSession } = sandbox.target.fixtures
    expect((await full('PUT', presence(liveSession, cid), { state: 'composing' })).status).toBe(204)
    await sandbox.loopback.next('chatstate', (event) => event.to === to && event.state === 'composing')
  })

  test('a login JWT of a member will do', async () => {
    const member = caller(sandbox.url, sandbox.target.tokens.memberLogin)
    const { liveSession } = sandbox.target.fixtures
    expect((await member('PUT', presence(liveSession), { state: 'paused' })).status).toBe(204)
  })
})

describe('setChatPresence sends no stanza for what it refuses', () => {
  const state = { state: 'composing' }
  const jids = [
    '1',
    '@g.us',
    'abc@s.whatsapp.net',
    '62812@S.WHATSAPP.NET',
    '1@c.us',
    '628111000001:2@s.whatsapp.net',
    'status@broadcast',
  ]

  test('401, 403, 404, 422, 400 and 501', async () => {
    const { tokens, fixtures } = sandbox.target
    const before = sandbox.loopback.chatstates.length
    const as = (token?: string) => caller(sandbox.url, token)
    const live = presence(fixtures.liveSession)
    const expected: [status: number, code: string, answer: ReturnType<Caller>][] = [
      [401, 'unauthorized', as()('PUT', live, state)],
      [401, 'unauthorized', as('garbage')('PUT', live, state)],
      [403, 'forbidden', as(tokens.readOnly)('PUT', live, state)],
      [403, 'forbidden', as(tokens.manageOnly)('PUT', live, state)],
      [404, 'not_found', full('PUT', presence(fixtures.unknownSession), state)],
      [404, 'not_found', full('PUT', presence(fixtures.otherOrgSession), state)],
      [404, 'not_found', as(tokens.otherOrg)('PUT', live, state)],
      [422, 'validation_error', full('PUT', live, {})],
      [422, 'validation_error', full('PUT', live, { state: 'typing' })],
      [422, 'validation_error', full('PUT', live, { ...state, chat: 'x' })],
      [400, 'validation_error', full('PUT', live, '{')],
      [501, 'not_implemented', full('PUT', presence(fixtures.offlineSession), state)],
      ...jids.map((cid): [number, string, ReturnType<Caller>] => [
        422,
        'validation_error',
        full('PUT', presence(fixtures.liveSession, cid), state),
      ]),
    ]
    for (const [status, code, pending] of expected) {
      const answer = await pending
      expect([answer.status, codeOf(answer)]).toEqual([status, code])
    }
    expect(sandbox.loopback.chatstates).toHaveLength(before)
  })
})

test('setChatPresence 501: the client lost its connection a moment ago, 204 once it is back', async () => {
  const { liveSession } = sandbox.target.fixtures
  const [companion] = [...sandbox.phone.companions.values()]
  const isOurs = (event: { companion: string }) => event.companion === companion?.jid
  await sandbox.loopback.next('online', isOurs)
  const back = sandbox.loopback.next('online', isOurs, 15_000)
  // Held down, so that the answer in between can be seen.
  const release = sandbox.loopback.faults.refuseUpgrades('close')
  const gone = sandbox.loopback.next('offline', isOurs)
  companion?.drop()
  await gone
  const answer = await full('PUT', presence(liveSession), { state: 'composing' })
  expect([answer.status, codeOf(answer)]).toEqual([501, 'not_implemented'])
  // What is stored is still served.
  expect((await full('GET', `/sessions/${liveSession}/chats`)).status).toBe(200)
  release()
  await back
  await expect
    .poll(async () => (await full('PUT', presence(liveSession), { state: 'composing' })).status, { timeout: 5_000 })
    .toBe(204)
}, 30_000)
