/** sendMessage and getMessage with the real client library, and phones that decrypt what they get. */
import { describe, expect, test, vi } from 'vitest'
import type { Account, BinaryNode } from '../../loopback/index.ts'
import { codeOf } from '../support/api.ts'
import { becomes, full, inSandbox, linked, manage, read, sandbox, send } from '../support/in-sandbox.ts'

inSandbox()

interface Shown {
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
const person = (): Account => {
  numbers += 1
  return sandbox.loopback.account({ pn: `62833300${String(numbers).padStart(4, '0')}`, name: `Person ${numbers}` })
}

const messagesOf = (session: string) => `/sessions/${session}/messages`
const text = (to: string, words: string, more: object = {}) => ({ type: 'text', to, text: words, ...more })
const live = () => sandbox.target.fixtures.liveSession

/** What a phone shows of a message, by its id. */
const received = (phone: Account, id: string) =>
  sandbox.loopback.next('message', (event) => event.phone === phone.pn && event.id === id)

const wordsOf = (message: Awaited<ReturnType<typeof received>>['message']) => message.extendedTextMessage?.text

const post = async (path: string, body: object, key?: string, signal?: AbortSignal) => {
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

const shown = async (session: string, id: string) => (await read('GET', `${messagesOf(session)}/${id}`)).body as Shown
const untilShown = (session: string, id: string, expected: object) =>
  vi.waitFor(async () => expect(await shown(session, id)).toMatchObject(expected), 15_000)

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

/** The devices for which a message has a part of its own. */
const devicesIn = (content: unknown): string[] => {
  const nodes = (of: unknown) =>
    Array.isArray(of) ? (of as { tag: string; attrs: { jid?: string }; content?: unknown }[]) : []
  const [listed] = nodes(content).filter(({ tag }) => tag === 'participants')
  return nodes(listed?.content).map(({ attrs }) => attrs.jid ?? '')
}

describe('members of a group', () => {
  const kitchen = () => {
    const members = [person(), person()]
    return { members, group: sandbox.loopback.group({ subject: 'Kitchen', members: [sandbox.phone, ...members] }) }
  }
  /** Sends a text. @returns its id when each of these phones shows it, and none had to ask for it */
  const reads = async (group: string, members: Account[], words: string) => {
    const { status, body } = await post(messagesOf(live()), text(group, words))
    expect(status).toBe(200)
    for (const member of members) {
      expect(wordsOf((await received(member, body.waMessageId)).message)).toBe(words)
      expect(member.phone.screen.find(body.waMessageId)).toMatchObject({ arrivals: 1, unreadable: 0 })
    }
    return body.waMessageId
  }

  test('can read what comes after a message that WhatsApp refused, or never got', async () => {
    const { members, group } = kitchen()
    sandbox.loopback.faults.onMessage(({ attrs }) => attrs.to === group.jid, 479, 1)
    expect((await post(messagesOf(live()), text(group.jid, 'refused'))).status).toBe(422)
    await reads(group.jid, members, 'first')
    sandbox.loopback.faults.onMessage(({ attrs }) => attrs.to === group.jid, 'ignore', 1)
    await post(`${messagesOf(live())}?async=true`, text(group.jid, 'lost'))
    await sandbox.loopback.next('submitted', ({ to, outcome }) => to === group.jid && outcome === 'ignored')
    await reads(group.jid, members, 'second')
  })

  test('who joins reads the next message, who leaves does not get it nor its key, and WhatsApp is asked for no more', async () => {
    const { members, group } = kitchen()
    let queries = 0
    /** To whom the latest message brought the key. */
    let keyTo: string[] = []
    const stop = sandbox.loopback.on('stanza', ({ direction, stanza: { tag, attrs, content } }) => {
      if (direction !== 'in' || attrs.to !== group.jid) return
      if (tag === 'iq' && attrs.xmlns === 'w:g2') queries += 1
      if (tag === 'message') keyTo = devicesIn(content)
    })
    await reads(group.jid, members, 'one')
    await reads(group.jid, members, 'two')
    expect([queries, keyTo]).toEqual([1, []])
    const [leaver, stayer] = members as [Account, Account]
    const joiner = person()
    group.add(joiner)
    await reads(group.jid, [...members, joiner], 'three')
    group.remove(leaver)
    const id = await reads(group.jid, [stayer, joiner], 'four')
    expect(keyTo).toEqual(expect.arrayContaining([stayer.lid, joiner.lid]))
    expect(keyTo).not.toContain(leaver.lid)
    expect(leaver.phone.screen.find(id)).toBeUndefined()
    stop()
  })
})

test('a receiver who cannot read a message four times gets it a fifth time', async () => {
  const rina = person()
  sandbox.loopback.faults.onArrival((phone) => phone === rina.pn, 5)
  const { body } = await post(messagesOf(live()), text(rina.pn, 'at last'))
  await vi.waitFor(
    () => expect(rina.phone.screen.find(body.waMessageId)).toMatchObject({ unreadable: 5, arrivals: 1 }),
    15_000,
  )
})

/** `ProtocolMessage.Type`: how long the messages of a chat stay. */
const EPHEMERAL_SETTING = 3

test('where messages disappear, those that are sent do as well', async () => {
  const rina = person()
  // WhatsApp's times are whole seconds, and of two settings of one second the longer one is taken.
  let at = Date.now()
  const later = () => {
    at += 1_000
    return { at }
  }
  const comes = async (words: string, expiration?: number) => {
    const content = { extendedTextMessage: { text: words, ...(expiration && { contextInfo: { expiration } }) } }
    const id = await rina.phone.send(sandbox.phone.pn, content, later())
    await vi.waitFor(async () => {
      const page = (await read('GET', `/sessions/${live()}/chats/${rina.pn}/messages`)).body as { data?: Shown[] }
      expect(page.data?.map(({ waMessageId }) => waMessageId)).toContain(id)
    }, 10_000)
  }
  const sentWith = async () => {
    const { body } = await post(messagesOf(live()), text(rina.pn, 'hello'))
    const { message } = await received(rina, body.waMessageId)
    const seconds = message.extendedTextMessage?.contextInfo?.expiration ?? undefined
    expect(body.expiresAt).toBe(seconds && body.timestamp + seconds * 1_000)
    expect((await shown(live(), body.id)).expiresAt).toBe(body.expiresAt)
    return seconds
  }
  await comes('for a week', 604_800)
  expect([await sentWith(), await sentWith()]).toEqual([604_800, 604_800])
  await comes('for good')
  expect(await sentWith()).toBeUndefined()
  const set = (ephemeralExpiration: number) => ({
    ephemeralMessage: { message: { protocolMessage: { type: EPHEMERAL_SETTING, ephemeralExpiration } } },
  })
  const sendsWith = (timer: number | undefined) =>
    vi.waitFor(async () => expect(await sentWith()).toBe(timer), { timeout: 20_000, interval: 200 })
  await rina.phone.send(sandbox.phone.pn, set(7_776_000), later())
  await sendsWith(7_776_000)
  await sandbox.phone.phone.send(rina.pn, set(0), later())
  await sendsWith(undefined)
})

test('what the account writes on its phone disappears as the phone says', async () => {
  const rina = person()
  const content = { extendedTextMessage: { text: 'from my phone', contextInfo: { expiration: 86_400 } } }
  const id = await sandbox.phone.phone.send(rina.pn, content)
  await vi.waitFor(async () => {
    const { body } = await read('GET', `/sessions/${live()}/chats/${rina.pn}/messages`)
    const own = (body as { data?: Shown[] }).data?.find(({ waMessageId }) => waMessageId === id)
    expect(own).toMatchObject({ fromMe: true, expiresAt: (own?.timestamp ?? 0) + 86_400_000 })
  }, 10_000)
})

test('a group in which messages disappear: WhatsApp says for how long, and when that changes', async () => {
  const rina = person()
  const group = sandbox.loopback.group({ subject: 'Kitchen', members: [sandbox.phone, rina] })
  const sendsWith = (timer: number | undefined) =>
    vi.waitFor(
      async () => {
        const { body } = await post(messagesOf(live()), text(group.jid, 'hello'))
        const { message } = await received(rina, body.waMessageId)
        expect(message.extendedTextMessage?.contextInfo?.expiration ?? undefined).toBe(timer)
        expect(body.expiresAt).toBe(timer && body.timestamp + timer * 1_000)
      },
      { timeout: 20_000, interval: 200 },
    )
  await sendsWith(undefined)
  group.setTimer(86_400)
  await sendsWith(86_400)
  group.setTimer(0)
  await sendsWith(undefined)
})

test('an account that is migrated to LIDs: refused by phone number once, and by LID from then on, as is its presence', async () => {
  const [rina, owner] = [person(), sandbox.loopback.account({ pn: '6283335555', name: 'Owner' })]
  const { id: session } = await linked(owner)
  await becomes(session, { status: 'working' })
  owner.isMigrated = true
  const tries = async (words: string) => {
    const { status, body } = await post(messagesOf(session), text(rina.pn, words))
    expect([status, wordsOf((await received(rina, body.waMessageId)).message)]).toEqual([200, words])
    return sandbox.loopback.submissions.of(body.waMessageId).map(({ to, error }) => [to, error])
  }
  expect(await tries('first')).toEqual([
    [rina.pn, 463],
    [rina.lid, undefined],
  ])
  expect(await tries('second')).toEqual([[rina.lid, undefined]])
  await send('PUT', `/sessions/${session}/chats/${rina.pn}/presence`, { state: 'composing' })
  expect(await sandbox.loopback.next('chatstate', ({ account }) => account === owner.pn)).toMatchObject({
    to: rina.lid,
  })
}, 60_000)

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

test('a restricted account begins no chats, after a restart neither, writes in those that it has, and may begin some when WhatsApp says so', async () => {
  const [rina, budi, known] = [person(), person(), person()]
  const owner = sandbox.loopback.account({ pn: '6283336666', name: 'Owner' })
  const { id: session } = await linked(owner)
  await becomes(session, { status: 'working' })
  expect((await post(messagesOf(session), text(known.pn, 'hello'))).status).toBe(200)
  const until = Math.ceil(Date.now() / 1_000) * 1_000 + 86_400_000
  owner.restriction = { until }
  sandbox.loopback.faults.onMessage(({ attrs }) => attrs.to === rina.pn || attrs.to === rina.lid, 463)
  expect((await post(messagesOf(session), text(rina.pn, 'hello'))).status).toBe(403)
  await becomes(session, { restrictedUntil: until })
  const refused = await post(messagesOf(session), text(budi.pn, 'hello'))
  expect(refused).toMatchObject({ status: 429, body: { error: { details: { reason: 'restricted' } } } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000)
  expect((await post(messagesOf(session), text(known.pn, 'still here'))).status).toBe(200)
  const waiting = await post(`${messagesOf(session)}?async=true`, text(budi.pn, 'later'))
  await sandbox.restart()
  await becomes(session, { status: 'working', restrictedUntil: until })
  expect((await post(messagesOf(session), text(person().pn, 'hello'))).status).toBe(429)
  const isFree = async () => {
    await vi.waitFor(
      async () => expect((await manage('GET', `/sessions/${session}`)).body).not.toHaveProperty('restrictedUntil'),
      10_000,
    )
  }
  owner.restrict(undefined)
  await isFree()
  await untilShown(session, waiting.body.id, { status: 'delivered' })
  // What changes while nobody is connected is asked for at the login.
  owner.restriction = { until: until + 1_000 }
  await full('POST', `/sessions/${session}:restart`)
  await becomes(session, { status: 'working', restrictedUntil: until + 1_000 })
  owner.restriction = undefined
  await full('POST', `/sessions/${session}:restart`)
  await isFree()
  await vi.waitFor(async () => {
    const { body: log } = await full('GET', `/events?since=0&session=${session}&event=session.restricted`)
    const ends = (log as { data: { payload: { session: { restrictedUntil?: number } } }[] }).data
    const told = ends.map(({ payload }) => payload.session.restrictedUntil)
    expect(told).toEqual([until, undefined, until + 1_000, undefined])
  }, 10_000)
}, 60_000)

test('200 sends at once: neither another session nor another chat waits for one of which WhatsApp does not tell the devices', async () => {
  const { id: busy } = await linked(sandbox.loopback.account({ pn: '6283335555', name: 'Owner' }))
  await becomes(busy, { status: 'working' })
  await full('PATCH', `/sessions/${busy}`, { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 0 })
  const people = Array.from({ length: 10 }, person)
  const [stuck, ...others] = people
  const asksForStuck = ({ attrs, content }: BinaryNode) =>
    attrs.xmlns === 'usync' && JSON.stringify(content).includes(`"${stuck?.pn}"`)
  sandbox.loopback.faults.onIq(asksForStuck, 'ignore')
  const sends = Array.from({ length: 200 }, (_, n) =>
    post(messagesOf(busy), text((people[n % people.length] as Account).pn, `number ${n}`)),
  )
  let answeredOfStuck = 0
  for (const [n, answer] of sends.entries())
    if (n % people.length === 0) void answer.then(() => (answeredOfStuck += 1)).catch(() => {})
  const meanwhile = [
    post(messagesOf(live()), text(person().pn, 'from another session')),
    ...sends.slice(1, people.length),
  ]
  expect((await Promise.all(meanwhile)).map(({ status }) => status)).toEqual(Array(people.length).fill(200))
  expect(answeredOfStuck).toBe(0)
  const delivered = () =>
    sandbox.loopback.submissions.entries.filter(({ to, outcome }) => outcome === 'delivered' && isOneOf(people, to))
  await vi.waitFor(() => expect(delivered()).toHaveLength(180), 60_000)
  expect(delivered().every(({ to }) => isOneOf(others, to))).toBe(true)
  for (const { phone } of others)
    expect(phone.screen.messages.map(({ arrivals }) => arrivals)).toEqual(Array(20).fill(1))
  // Nobody waits for those that are stuck.
  await full('POST', `/sessions/${busy}:stop`)
  const answers = await Promise.all(sends)
  const ofStuck = answers.filter((_, n) => n % people.length === 0).map(({ status }) => status)
  expect(ofStuck).not.toContain(200)
}, 150_000)

const isOneOf = (accounts: readonly Account[], jid: string | undefined) =>
  accounts.some(({ pn, lid }) => jid === pn || jid === lid)

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
