/** What WhatsApp asks of a message that is sent: the keys of groups, retries, timers, LIDs, restrictions. */
import { describe, expect, test, vi } from 'vitest'
import type { Account, BinaryNode } from '../../loopback/index.ts'
import { becomes, full, inSandbox, linked, manage, read, sandbox, send } from '../support/in-sandbox.ts'
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
