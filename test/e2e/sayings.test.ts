/** Reactions and votes with the real client library, and phones that show what they get. */
import { expect, test, vi } from 'vitest'
import type { Account } from '../../loopback/index.ts'
import { full, inSandbox, sandbox } from '../support/in-sandbox.ts'
import { call, incoming, pathOf, person, reason, revoke, type Shown, sent, shows, stored } from '../support/messages.ts'

inSandbox()

const live = () => sandbox.target.fixtures.liveSession
const react = (id: string, emoji: string, key?: string) =>
  call('POST', pathOf(live(), `${id}/reaction`), { emoji }, key)
const unreact = (id: string) => call('DELETE', pathOf(live(), `${id}/reaction`))
const vote = (id: string, options: string[], key?: string) =>
  call('POST', pathOf(live(), `${id}/vote`), { options }, key)

/** A message from somebody, as the gateway has it, and as a phone that shows it finds it. */
const from = async (author: Account, chat = author.pn, text = 'hello') => {
  const to = chat === author.pn ? sandbox.phone.pn : chat
  return incoming(chat, await author.phone.send(to, text))
}
const pollFrom = async (author: Account, selectableCount: number, chat = author.pn) => {
  const to = chat === author.pn ? sandbox.phone.pn : chat
  const poll = { name: 'When?', options: ['Fri', 'Sat', 'Sun'], selectableCount }
  return incoming(chat, await author.phone.sendPoll(to, poll))
}

/** Events of this message since then, with what was said. */
const eventsOf = async ({ id }: Shown, since: number) => {
  const { body } = await full('GET', `/events?since=${since}&limit=200`)
  const { data } = body as { data: { event: string; payload: { message?: Shown; reaction?: object; vote?: object } }[] }
  return data.flatMap(({ event, payload }) =>
    payload.message?.id === id && /reaction|vote/.test(event) ? [[event, payload.reaction ?? payload.vote]] : [],
  )
}
const position = async () => {
  const { body } = await full('GET', '/events?since=0&limit=200')
  return Math.max(0, ...(body as { data: { position: number }[] }).data.map((event) => event.position))
}

test('a reaction is shown by the phones and by the message, replaces the one before, and is taken back', async () => {
  const rina = person()
  const message = await from(rina)
  const [me, since] = [sandbox.phone.pn, await position()]
  for (const emoji of ['👍', '❤️']) {
    expect(await react(message.id, emoji)).toMatchObject({
      status: 200,
      body: { reactions: [{ emoji, fromMe: true }] },
    })
    for (const phone of [rina, sandbox.phone])
      await shows(phone, message.waMessageId, { reactions: [{ from: me, emoji }] })
  }
  await rina.phone.react(me, { id: message.waMessageId, fromMe: true }, '🎉')
  await vi.waitFor(async () => expect((await stored(message.id)).reactions).toHaveLength(2), 10_000)
  const { status, body } = await unreact(message.id)
  expect([status, body.reactions]).toMatchObject([200, [{ emoji: '🎉', senderJid: rina.pn }]])
  await shows(rina, message.waMessageId, { reactions: [{ from: rina.pn, emoji: '🎉' }] })
  expect(await eventsOf(message, since)).toMatchObject([
    ['message.reaction', { emoji: '👍', fromMe: true }],
    ['message.reaction', { emoji: '❤️', fromMe: true }],
    ['message.reaction', { emoji: '🎉', fromMe: false }],
    ['message.reaction', { emoji: '', fromMe: true }],
  ])
})

test('the phone reacted in place of the gateway: its reaction is replaced, too, whatever its clock says', async () => {
  const rina = person()
  const message = await from(rina)
  await sandbox.phone.phone.react(rina.pn, { id: message.waMessageId, fromMe: false }, '😂', { at: Date.now() + 3_000 })
  await vi.waitFor(async () => expect((await stored(message.id)).reactions).toMatchObject([{ emoji: '😂' }]), 10_000)
  expect((await react(message.id, '👍')).body.reactions).toMatchObject([{ emoji: '👍', fromMe: true }])
  expect((await unreact(message.id)).body).not.toHaveProperty('reactions')
})

test('in a group all members see a reaction to what one of them wrote, and to an own message', async () => {
  const [rina, budi] = [person(), person()]
  const group = sandbox.loopback.group({ subject: 'Kitchen', members: [rina, sandbox.phone, budi] })
  const theirs = await from(rina, group.jid)
  const own = await sent(group.jid, 'mine')
  for (const message of [theirs, own]) {
    expect(await react(message.id, '👍')).toMatchObject({ status: 200 })
    for (const member of [rina, budi])
      await shows(member, message.waMessageId, { reactions: [{ from: sandbox.phone.pn, emoji: '👍' }] })
  }
})

test('what cannot be reacted to', async () => {
  const rina = person()
  const message = await sent(rina.pn, 'mine')
  for (const emoji of ['👍👍', '→', '👍🏽👍', 'ok', '1', ''])
    expect([emoji, (await react(message.id, emoji)).status]).toEqual([emoji, 422])
  for (const emoji of ['❤', '👍🏽', '👨‍👩‍👧‍👦', '🇮🇩', '1️⃣', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🐈‍⬛', '👁️‍🗨️'])
    expect((await react(message.id, emoji)).body.reactions).toMatchObject([{ emoji }])
  await revoke(message.id)
  for (const answer of [await react(message.id, '👍'), await unreact(message.id)])
    expect([answer.status, reason(answer)]).toEqual([409, 'deleted'])
  sandbox.loopback.faults.onMessage(({ attrs }) => attrs.to === rina.pn || attrs.to === rina.lid, 403, 1)
  const failed = (await call('POST', pathOf(live()), { type: 'text', to: rina.pn, text: 'refused' })).body as unknown
  const { messageId } = (failed as { error: { details: { messageId: string } } }).error.details
  const answer = await react(messageId, '👍')
  expect([answer.status, reason(answer)]).toEqual([409, 'failed'])
})

test('WhatsApp refuses a reaction: the message is unchanged; a late retry does not undo what came between', async () => {
  const rina = person()
  const message = await from(rina)
  sandbox.loopback.faults.onMessage(({ attrs }) => attrs.type === 'reaction', 479, 1)
  const [first, again] = [
    await react(message.id, '👍', 'refused-reaction'),
    await react(message.id, '👍', 'refused-reaction'),
  ]
  expect([first.status, again.text]).toEqual([422, first.text])
  expect(await stored(message.id)).not.toHaveProperty('reactions')
  await react(message.id, '👍', 'late-reaction')
  await react(message.id, '🎉')
  const late = await react(message.id, '👍', 'late-reaction')
  expect([late.headers.get('idempotency-replayed'), late.body.reactions]).toMatchObject(['true', [{ emoji: '🎉' }]])
})

test.each(['by phone number', 'by LID', 'in a group'])(
  'a vote %s is counted by every phone, changed and taken back',
  async (how) => {
    const rina = person()
    const group = sandbox.loopback.group({ subject: 'Kitchen', members: [rina, sandbox.phone] })
    const chat = how === 'in a group' ? group.jid : how === 'by LID' ? rina.lid : rina.pn
    const theirs = await pollFrom(rina, 1, chat === group.jid ? chat : rina.pn)
    const own = await sent(chat, { type: 'poll', name: 'When?', options: ['Fri', 'Sat', 'Sun'], selectableCount: 0 })
    for (const [poll, choices] of [
      [theirs, [['Sat'], ['Sun'], []]],
      [own, [['Sat', 'Fri'], ['Sun'], []]],
    ] as const) {
      const since = await position()
      for (const options of choices) {
        const { status, body } = await vote(poll.id, [...options])
        const voters = options.length === 0 ? [] : [{ options: expect.toSatisfy(isSet(options)), fromMe: true }]
        expect([status, body.poll?.voters]).toMatchObject([200, voters])
        const votes =
          options.length === 0 ? [] : [{ from: sandbox.phone.pn, options: expect.toSatisfy(isSet(options)) }]
        for (const phone of [rina, sandbox.phone]) await shows(phone, poll.waMessageId, { votes })
      }
      const told = (await eventsOf(poll, since)).map(([event, said]) => [
        event,
        (said as { options: string[] }).options.length,
      ])
      expect(told).toEqual(choices.map(({ length }) => ['poll.vote', length]))
    }
  },
)

const isSet = (wanted: readonly string[]) => (options: string[]) =>
  String(options.toSorted()) === String(wanted.toSorted())

test('what is no vote', async () => {
  const rina = person()
  const poll = await pollFrom(rina, 1)
  const errorsOf = async (options: string[]) => {
    const { status, body } = await vote(poll.id, options)
    const { details } = (body as unknown as { error: { details: { errors: { path: string; code: string }[] } } }).error
    return [status, ...details.errors.map(({ path, code }) => `${path} ${code}`)]
  }
  expect(await errorsOf(['Fri', 'Mon'])).toEqual([422, '/body/options/1 enum'])
  expect(await errorsOf(['Fri', 'Sat'])).toEqual([422, '/body/options too_long'])
  expect(await errorsOf(['Fri', 'Fri'])).toEqual([422, '/body/options repeated'])
  const text = await from(rina)
  const noPoll = await vote(text.id, ['Fri'])
  expect([noPoll.status, reason(noPoll)]).toEqual([409, 'kind'])
  expect((await stored(poll.id)).poll?.voters).toEqual([])
  // An earlier version of somebody's client, which sends no secret.
  const bare = { pollCreationMessage: { name: 'When?', options: [{ optionName: 'Fri' }], selectableOptionsCount: 1 } }
  const unsealed = await incoming(rina.pn, await rina.phone.send(sandbox.phone.pn, bare))
  const answer = await vote(unsealed.id, ['Fri'])
  expect([answer.status, reason(answer)]).toEqual([409, 'no_secret'])
})
