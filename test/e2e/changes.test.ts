/** Edits and revokes with the real client library, and phones that show what they get. */
import { expect, test, vi } from 'vitest'
import { becomes, full, inSandbox, linked, manage, sandbox } from '../support/in-sandbox.ts'
import {
  call,
  edit,
  incoming,
  pathOf,
  person,
  reason,
  revoke,
  type Shown,
  sent,
  shows,
  stored,
} from '../support/messages.ts'

inSandbox()

test('an edit: the phone shows the new words, and the stored copy too', async () => {
  const rina = person()
  const message = await sent(rina.pn, 'at seven')
  const answer = await edit(message.id, 'at eight 🙂')
  expect(answer).toMatchObject({ status: 200, body: { id: message.id, body: 'at eight 🙂', edited: true } })
  await shows(rina, message.waMessageId, { edited: true, message: { extendedTextMessage: { text: 'at eight 🙂' } } })
  expect(await stored(message.id)).toMatchObject({ body: 'at eight 🙂', edited: true })
  const mention = await call('PATCH', pathOf(sandbox.target.fixtures.liveSession, message.id), {
    text: 'you',
    mentions: [rina.pn, rina.pn],
  })
  expect(mention).toMatchObject({ status: 200, body: { body: 'you', mentions: [rina.pn] } })
  await shows(rina, message.waMessageId, {
    message: { extendedTextMessage: { contextInfo: { mentionedJid: [rina.pn] } } },
  })
})

test('an edit of a caption: the phone shows the new one, and the picture stays', async () => {
  const rina = person()
  const media = { data: onePixel, caption: 'our menu' }
  const message = await sent(rina.pn, { type: 'image', media })
  const before = await stored(message.id)
  const answer = await edit(message.id, 'our new menu')
  expect(answer).toMatchObject({ status: 200, body: { type: 'image', body: 'our new menu', edited: true } })
  await shows(rina, message.waMessageId, { edited: true, message: { imageMessage: { caption: 'our new menu' } } })
  const { body, edited, status, ackLevel, ...rest } = (await stored(message.id)) as Shown & { ackLevel: number }
  expect([body, edited]).toEqual(['our new menu', true])
  expect(before).toMatchObject(rest)
  const long = await edit(message.id, '🙂'.repeat(1_025))
  expect(long).toMatchObject({
    status: 422,
    body: { error: { details: { errors: [{ path: '/body/text', code: 'too_long' }] } } },
  })
  expect(await edit(message.id, '🙂'.repeat(1_024))).toMatchObject({ status: 200 })
  const place = await sent(rina.pn, { type: 'location', latitude: 1, longitude: 2 })
  const refused = await edit(place.id, 'no words')
  expect([refused.status, reason(refused)]).toEqual([409, 'kind'])
}, 30_000)

/** A PNG. */
const onePixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='

test('a revoke: the phone shows no words, and the stored copy has none; again is the same answer', async () => {
  const rina = person()
  const message = await sent(rina.pn, 'a mistake')
  const answer = await revoke(message.id)
  expect(answer).toMatchObject({ status: 200, body: { id: message.id, deleted: true } })
  expect(answer.text).not.toContain('a mistake')
  await shows(rina, message.waMessageId, { revoked: true })
  expect(await revoke(message.id)).toMatchObject({ status: 200, body: { deleted: true } })
  const late = await edit(message.id, 'too late')
  expect([late.status, reason(late)]).toEqual([409, 'deleted'])
})

test('without an acknowledgement: 202 and the message unchanged, applied when a new connection brings the acknowledgement', async () => {
  const rina = person()
  const { id: session, companion } = await linked(sandbox.loopback.account({ pn: '6284449999', name: 'Owner' }))
  await becomes(session, { status: 'working' })
  const message = await sent(rina.pn, 'before', session)
  const lift = sandbox.loopback.faults.onMessage((stanza) => stanza.attrs.edit === '1', 'ignore')
  const written = sandbox.loopback.stats.messages
  const editing = edit(message.id, 'after', session)
  await vi.waitFor(() => expect(sandbox.loopback.stats.messages).toBeGreaterThan(written), 10_000)
  expect(await stored(message.id, session)).toMatchObject({ body: 'before', edited: false })
  lift()
  companion.drop()
  const answer = await editing
  expect([200, 202]).toContain(answer.status)
  await vi.waitFor(async () => expect(await stored(message.id, session)).toMatchObject({ body: 'after' }), 20_000)
  await shows(rina, message.waMessageId, { edited: true })
}, 60_000)

test('WhatsApp refuses an edit: the message is unchanged, and a retry under the key is told the same', async () => {
  const rina = person()
  const message = await sent(rina.pn, 'before')
  sandbox.loopback.faults.onMessage(({ attrs }) => attrs.to === rina.pn && attrs.edit === '1', 479, 1)
  const [first, again] = [
    await call('PATCH', pathOf(sandbox.target.fixtures.liveSession, message.id), { text: 'refused' }, 'refused-edit'),
    await call('PATCH', pathOf(sandbox.target.fixtures.liveSession, message.id), { text: 'refused' }, 'refused-edit'),
  ]
  expect([first.status, again.status]).toEqual([422, 422])
  expect(again.text).toBe(first.text)
  expect(await stored(message.id)).toMatchObject({ body: 'before', edited: false, status: 'delivered' })
  // A late retry does not undo what came between.
  const key = 'late-edit'
  await call('PATCH', pathOf(sandbox.target.fixtures.liveSession, message.id), { text: 'one' }, key)
  await edit(message.id, 'two')
  const late = await call('PATCH', pathOf(sandbox.target.fixtures.liveSession, message.id), { text: 'one' }, key)
  expect([late.status, late.headers.get('idempotency-replayed'), late.body.body]).toEqual([200, 'true', 'two'])
})

test('what somebody else wrote cannot be edited, nor deleted but by an admin of the group', async () => {
  const [rina, budi] = [person(), person()]
  const theirs = await incoming(rina.pn, await rina.phone.send(sandbox.phone.pn, 'mine'))
  for (const answer of [await edit(theirs.id, 'yours'), await revoke(theirs.id)])
    expect([answer.status, reason(answer)]).toEqual([409, 'not_own'])

  const group = sandbox.loopback.group({ subject: 'Kitchen', members: [rina, sandbox.phone, budi] })
  const waId = await budi.phone.send(group.jid, 'spam')
  const spam = await incoming(group.jid, waId)
  const refused = await revoke(spam.id)
  expect(refused.status).toBe(403)
  expect(await stored(spam.id)).toMatchObject({ body: 'spam', deleted: false })
  group.admins.add(sandbox.phone)
  expect(await revoke(spam.id)).toMatchObject({ status: 200, body: { deleted: true } })
  for (const member of [rina, budi]) await shows(member, waId, { revoked: true })
})

test('a message that waits is cancelled, while the session is stopped too', async () => {
  const rina = person()
  const { id: session } = await linked(sandbox.loopback.account({ pn: '6284448888', name: 'Owner' }))
  await becomes(session, { status: 'working' })
  await full('POST', `/sessions/${session}:stop`)
  const waits = await call('POST', `${pathOf(session)}?async=true`, { type: 'text', to: rina.pn, text: 'not yet' })
  expect((await revoke(waits.body.id, session)).status).toBe(501)
  const early = await call('PATCH', `${pathOf(session, waits.body.id)}?async=true`, { text: 'other' })
  expect([early.status, reason(early)]).toEqual([409, 'pending'])
  for (const time of ['first', 'again']) {
    const cancelled = await call('DELETE', `${pathOf(session, waits.body.id)}?async=true`)
    expect(cancelled, time).toMatchObject({
      status: 200,
      body: { status: 'failed', error: expect.stringContaining('cancelled') },
    })
  }
  await manage('POST', `/sessions/${session}:start`)
  const next = await call('POST', `${pathOf(session)}?async=true`, { type: 'text', to: rina.pn, text: 'now' })
  await vi.waitFor(async () => expect((await stored(next.body.id, session)).status).toBe('delivered'), 20_000)
  expect(rina.phone.screen.messages.map(({ id }) => id)).toEqual([next.body.waMessageId])
}, 60_000)

test('a receiver who could not read an edit gets it when it asks', async () => {
  const rina = person()
  const message = await sent(rina.pn, 'before')
  await shows(rina, message.waMessageId, { arrivals: 1 })
  sandbox.loopback.faults.onArrival((phone) => phone === rina.pn, 1)
  expect((await edit(message.id, 'after')).status).toBe(200)
  await shows(rina, message.waMessageId, { edited: true, message: { extendedTextMessage: { text: 'after' } } })
})

test('a message of another session, and one that does not exist, are not found alike', async () => {
  const message = await sent(person().pn, 'mine')
  const { offlineSession } = sandbox.target.fixtures
  for (const method of ['PATCH', 'DELETE']) {
    const body = method === 'PATCH' ? { text: 'theirs' } : undefined
    const [foreign, unknown] = await Promise.all(
      [message.id, 'msg_01KF0EVBS8AGDEX608M4STGRK5'].map((id) => call(method, pathOf(offlineSession, id), body)),
    )
    expect([foreign?.status, foreign?.text]).toEqual([404, unknown?.text])
  }
})
