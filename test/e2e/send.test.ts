/** sendMessage and getMessage with the real client library, and phones that decrypt what they get. */
import { describe, expect, test, vi } from 'vitest'
import type { BinaryNode } from '../../loopback/index.ts'
import { codeOf } from '../support/api.ts'
import { becomes, full, inSandbox, linked, read, sandbox, send } from '../support/in-sandbox.ts'
import {
  live,
  messagesOf,
  person,
  post,
  received,
  type Shown,
  shown,
  text,
  untilShown,
  wordsOf,
} from '../support/sending.ts'

inSandbox()

describe('sendMessage 200', () => {
  test("WhatsApp has the message, the receiver's phone shows it, and it is stored as it was answered", async () => {
    const rina = person()
    const answer = await send('POST', messagesOf(live()), text(rina.pn, 'See you at seven 🙂'))
    expect(answer.status).toBe(200)
    const sent = answer.body as Shown
    expect(sent).toMatchObject({ status: expect.stringMatching(/sent|delivered/), body: 'See you at seven 🙂' })
    expect(wordsOf((await received(rina, sent.waMessageId)).message)).toBe('See you at seven 🙂')
    expect(await shown(live(), sent.id)).toMatchObject({
      ...sent,
      status: expect.any(String),
      ackLevel: expect.any(Number),
    })
    await untilShown(live(), sent.id, { status: 'delivered' })
  })

  test('a reply quotes the message, with its words and its author', async () => {
    const rina = person()
    const asked = await rina.phone.send(sandbox.phone.pn, 'Is the table free?')
    const question = await vi.waitFor(async () => {
      const page = (await read('GET', `/sessions/${live()}/chats/${rina.pn}/messages`)).body as { data?: Shown[] }
      const found = page.data?.find(({ waMessageId }) => waMessageId === asked)
      expect(found).toBeDefined()
      return found
    }, 10_000)
    const reply = await post(messagesOf(live()), text(rina.pn, 'Yes', { quotedMessageId: question?.id }))
    expect(reply).toMatchObject({
      status: 200,
      body: { quoted: { id: question?.id, fromMe: false, type: 'text', body: 'Is the table free?' } },
    })
    const { contextInfo } = (await received(rina, reply.body.waMessageId)).message.extendedTextMessage ?? {}
    expect(contextInfo).toMatchObject({ stanzaId: asked, quotedMessage: { conversation: 'Is the table free?' } })
    expect([rina.pn, rina.lid]).toContain(contextInfo?.participant)
  })

  test('a reply to a message of another chat shows its words, as the phone does', async () => {
    const [rina, budi] = [person(), person()]
    const said = await post(messagesOf(live()), text(rina.pn, 'We open at six'))
    const reply = await post(messagesOf(live()), text(budi.pn, 'So they say', { quotedMessageId: said.body.id }))
    const quoted = { waMessageId: said.body.waMessageId, fromMe: true, type: 'text', body: 'We open at six' }
    expect(reply.body.quoted).toEqual(quoted)
    expect((await shown(live(), reply.body.id)).quoted).toEqual(quoted)
    const { contextInfo } = (await received(budi, reply.body.waMessageId)).message.extendedTextMessage ?? {}
    expect(contextInfo?.quotedMessage?.extendedTextMessage?.text).toBe('We open at six')
  })

  test("to the account's own number and to its own LID: one chat", async () => {
    const { pn, lid } = sandbox.phone
    const bodies = []
    for (const to of [pn, lid]) bodies.push((await post(messagesOf(live()), text(to, `to ${to}`))).body)
    expect(bodies[0]?.chatJid).toBe(bodies[1]?.chatJid)
  })

  test('a text mentions people', async () => {
    const rina = person()
    const answer = await post(
      messagesOf(live()),
      text(rina.pn, `@${rina.pn.split('@')[0]} hello`, { mentions: [rina.pn] }),
    )
    expect(answer).toMatchObject({ status: 200, body: { mentions: [rina.pn] } })
    const { contextInfo } = (await received(rina, answer.body.waMessageId)).message.extendedTextMessage ?? {}
    expect(contextInfo?.mentionedJid).toEqual([rina.pn])
  })

  test('a group: every member can read it', async () => {
    const [rina, budi] = [person(), person()]
    const group = sandbox.loopback.group({ subject: 'Kitchen', members: [sandbox.phone, rina, budi] })
    for (const words of ['first', 'second']) {
      const answer = await post(messagesOf(live()), text(group.jid, words))
      expect(answer.status).toBe(200)
      for (const member of [rina, budi])
        expect(wordsOf((await received(member, answer.body.waMessageId)).message)).toBe(words)
    }
  })
})

describe('sendMessage 202', () => {
  test('no acknowledgement: pending, then sent when WhatsApp says so after the connection was lost, and shown once', async () => {
    const rina = person()
    const owner = sandbox.loopback.account({ pn: '6283339999', name: 'Owner' })
    const { id: session, companion } = await linked(owner)
    await becomes(session, { status: 'working' })
    const lift = sandbox.loopback.faults.onMessage((stanza) => stanza.attrs.to === rina.pn, 'ignore')
    const sending = post(messagesOf(session), text(rina.pn, 'lost on the way'))
    await vi.waitFor(() => expect(sandbox.loopback.stats.messages).toBeGreaterThan(0), 10_000)
    const pending = await vi.waitFor(async () => {
      const page = (await read('GET', `/sessions/${session}/chats/${rina.pn}/messages`)).body as { data?: Shown[] }
      expect(page.data).toHaveLength(1)
      return page.data?.[0]
    }, 10_000)
    expect(pending?.status).toBe('pending')
    // An answer within the same second is to stand after it.
    expect((pending?.timestamp ?? 1) % 1_000).toBe(0)
    lift()
    companion.drop()
    const answer = await sending
    expect(answer.body.id).toBe(pending?.id)
    await untilShown(session, answer.body.id, { status: 'delivered' })
    expect(wordsOf((await received(rina, answer.body.waMessageId)).message)).toBe('lost on the way')
  }, 60_000)

  test('async: stored at once while the session is stopped, and sent in order when it is back', async () => {
    const rina = person()
    const { id: session } = await linked(sandbox.loopback.account({ pn: '6283338888', name: 'Owner' }))
    await becomes(session, { status: 'working' })
    await full('POST', `/sessions/${session}:stop`)
    const offline = await post(messagesOf(session), text(rina.pn, 'now'))
    expect([offline.status, codeOf({ ...offline, text: '' })]).toEqual([501, 'not_implemented'])
    const answers = []
    for (const words of ['one', 'two', 'three'])
      answers.push(await post(`${messagesOf(session)}?async=true`, text(rina.pn, words)))
    for (const { status, headers, body } of answers) {
      expect([status, body.status]).toEqual([202, 'pending'])
      expect(headers.get('location')).toBe(`/api/v1${messagesOf(session)}/${body.id}`)
    }
    await full('POST', `/sessions/${session}:start`)
    const seen: (string | null | undefined)[] = []
    for (let n = 0; n < 3; n += 1)
      seen.push(wordsOf((await sandbox.loopback.next('message', ({ phone }) => phone === rina.pn, 20_000)).message))
    expect(seen).toEqual(['one', 'two', 'three'])
    for (const { body } of answers) await untilShown(session, body.id, { status: 'delivered' })
  }, 60_000)
})

describe('sendMessage refuses', () => {
  test('404: a number that is not on WhatsApp, before anything is stored', async () => {
    const to = '628339999999999@s.whatsapp.net'
    const answer = await post(messagesOf(live()), text(to, 'hello'))
    expect(answer).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', details: { reason: 'not_on_whatsapp' } } },
    })
    expect((await read('GET', `/sessions/${live()}/chats/${to}`)).status).toBe(404)
  })

  test('404: a LID that nobody has', async () => {
    const to = '199999999999999@lid'
    const answer = await post(messagesOf(live()), text(to, 'hello'))
    expect(answer).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', details: { reason: 'not_on_whatsapp', path: '/body/to' } } },
    })
    expect((await read('GET', `/sessions/${live()}/chats/${to}`)).status).toBe(404)
  })

  test('a group that does not exist: 404, and one of which the account is no member: 403, also under a key, async, and after a restart', async () => {
    const unknown = '120363999999999999@g.us'
    const { jid: foreign } = sandbox.loopback.group({ subject: 'Others', members: [person()] })
    const expected = [
      [unknown, 404, 'not_found', { path: '/body/to', whatsappCode: 404 }],
      [foreign, 403, 'refused', { whatsappCode: 403 }],
    ] as const
    for (const [to, status, code, details] of expected) {
      const answer = await post(messagesOf(live()), text(to, 'hello'), `group-${status}`)
      expect(answer).toMatchObject({ status, body: { error: { code, details } } })
      expect((await post(messagesOf(live()), text(to, 'hello'), `group-${status}`)).body).toEqual(answer.body)
      const waiting = await post(`${messagesOf(live())}?async=true`, text(to, 'later'))
      await untilShown(live(), waiting.body.id, { status: 'failed', error: expect.stringContaining('WhatsApp') })
    }
    await full('POST', `/sessions/${live()}:stop`)
    const stopped = await post(`${messagesOf(live())}?async=true`, text(unknown, 'later'))
    await full('POST', `/sessions/${live()}:start`)
    await untilShown(live(), stopped.body.id, { status: 'failed' })
    expect(sandbox.loopback.submissions.entries.filter(({ to }) => to === unknown || to === foreign)).toEqual([])
  }, 60_000)

  test('404: a message to quote of another session is one that does not exist', async () => {
    const rina = person()
    const { body } = await post(messagesOf(live()), text(rina.pn, 'mine'))
    const { id: other } = await linked(sandbox.loopback.account({ pn: '6283337777', name: 'Owner' }))
    await becomes(other, { status: 'working' })
    const [foreign, unknown] = await Promise.all(
      [body.id, 'msg_01KF0EVBS8AGDEX608M4STGRK5'].map((quotedMessageId) =>
        post(messagesOf(other), text(rina.pn, 'reply', { quotedMessageId })),
      ),
    )
    expect(foreign).toMatchObject({ status: 404, body: { error: { details: { path: '/body/quotedMessageId' } } } })
    expect(foreign?.body).toEqual(unknown?.body)
  })

  test.each([
    [463, 403, 'refused'],
    [479, 422, 'validation_error'],
    [419, 409, 'conflict'],
    [421, 503, 'gateway_unavailable'],
  ])('WhatsApp says %i: %i %s, the message has failed, and is never sent again', async (whatsapp, status, code) => {
    const rina = person()
    sandbox.loopback.faults.onMessage(({ attrs }) => attrs.to === rina.pn || attrs.to === rina.lid, whatsapp)
    const answer = await post(messagesOf(live()), text(rina.pn, 'refused'), `refused-${whatsapp}`)
    expect([answer.status, codeOf({ ...answer, text: '' })]).toEqual([status, code])
    const page = (await read('GET', `/sessions/${live()}/chats/${rina.pn}/messages`)).body as { data: Shown[] }
    expect(page.data).toMatchObject([{ status: 'failed', error: expect.stringContaining('WhatsApp') }])
    // A retry under the same key is told the same.
    const again = await post(messagesOf(live()), text(rina.pn, 'refused'), `refused-${whatsapp}`)
    expect(again.body).toEqual(answer.body)
  })
})

test('the same Idempotency-Key: one message, told as it is now', async () => {
  const rina = person()
  const body = text(rina.pn, 'once')
  const [first, meanwhile] = await Promise.all([1, 2].map(() => post(messagesOf(live()), body, 'once')))
  const later = await post(messagesOf(live()), body, 'once')
  expect(new Set([first, meanwhile, later].map((answer) => answer?.body.id)).size).toBe(1)
  expect(later.headers.get('idempotency-replayed')).toBe('true')
  await untilShown(live(), later.body.id, { status: 'delivered' })
  expect((await post(messagesOf(live()), body, 'once')).body.status).toBe('delivered')
  await received(rina, later.body.waMessageId)
  const page = (await read('GET', `/sessions/${live()}/chats/${rina.pn}/messages`)).body as { data: Shown[] }
  expect(page.data).toHaveLength(1)
})

test('a caller who hangs up has sent the message, and learns of it by the key', async () => {
  const rina = person()
  const isHers = ({ attrs }: BinaryNode) => attrs.to === rina.pn || attrs.to === rina.lid
  sandbox.loopback.faults.onMessage(isHers, 'hold-ack', 1)
  const caller = new AbortController()
  const body = text(rina.pn, 'I have to go')
  const left = post(messagesOf(live()), body, 'hung-up', caller.signal).catch((error: unknown) => error)
  const { message } = await sandbox.loopback.next('message', ({ phone }) => phone === rina.pn)
  caller.abort()
  expect(await left).toMatchObject({ name: 'AbortError' })
  sandbox.loopback.faults.releaseAcks()
  const answer = await post(messagesOf(live()), body, 'hung-up')
  expect(answer.headers.get('idempotency-replayed')).toBe('true')
  expect(answer.status).toBe(answer.body.status === 'pending' ? 202 : 200)
  await untilShown(live(), answer.body.id, { status: 'delivered' })
  expect(wordsOf(message)).toBe('I have to go')
  expect(rina.phone.screen.messages).toMatchObject([{ id: answer.body.waMessageId, arrivals: 1 }])
})

test('getMessage: one of another session, and one that does not exist, are not found alike', async () => {
  const { body } = await post(messagesOf(live()), text(person().pn, 'mine'))
  const { offlineSession } = sandbox.target.fixtures
  const [foreign, unknown] = await Promise.all(
    [body.id, 'msg_01KF0EVBS8AGDEX608M4STGRK5'].map((id) => read('GET', `${messagesOf(offlineSession)}/${id}`)),
  )
  expect(foreign?.status).toBe(404)
  expect(foreign?.text).toBe(unknown?.text)
})
