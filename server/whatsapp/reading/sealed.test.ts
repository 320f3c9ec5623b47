/** What is sealed under an earlier message is read as if it had been said openly, whenever either of them comes. */
import { randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type Loopback, startLoopback } from '../../../loopback/index.ts'
import type { Fact } from '../../model/facts.ts'
import { inWorlds, type Moment, sessionId, type World } from '../test-world.ts'

let wa: Loopback
let world: World

inWorlds((...made) => {
  ;[wa, world] = made
})

const secret = randomBytes(32)
const text = (conversation: string) => ({ conversation, messageContextInfo: { messageSecret: secret } })

let group: string
beforeEach(() => {
  group = wa.group({ subject: 'Announcements', members: [world.account, world.contact], byLid: true }).jid
})

interface Shown {
  id: string
  waMessageId: string
  type: string
  body?: string
  edited: boolean
  quoted?: { id?: string }
  reactions?: object[]
  mentions?: string[]
  senderLid?: string
}

/** Oldest first. */
const shownOf = async (chat: string): Promise<Shown[]> => {
  const page = await world.store.listMessages(sessionId, chat, { limit: 200 })
  return page === undefined ? [] : (JSON.parse(String(page.data)) as Shown[]).reverse()
}
const shown = async (chat: string, id: string) => (await shownOf(chat)).find(({ waMessageId }) => waMessageId === id)
/** Ours, of a message that is shown. */
const idOf = async (chat: string, waMessageId: string) => {
  const message = await shown(chat, waMessageId)
  if (message === undefined) throw new Error(`${waMessageId} is not shown`)
  return message.id
}

describe('an edit', () => {
  test.each(['pn', 'lid'] as const)('of a message in a direct chat, by %s', async (form) => {
    const { contact, account } = world
    const id = await contact.phone.send(account[form], text('old'))
    await contact.phone.editSealed(account[form], { id, fromMe: true, secret }, 'new')
    await world.settle()
    expect(await shownOf(contact.pn)).toMatchObject([{ waMessageId: id, body: 'new', edited: true }])
  })

  test('whose key names the other address of its author', async () => {
    const { contact, account } = world
    const id = await contact.phone.send(account.pn, text('old'))
    const target = { id, fromMe: true, secret, author: contact.lid, sender: contact.lid }
    await contact.phone.editSealed(account.pn, target, 'new')
    await world.settle()
    expect(await shown(contact.pn, id)).toMatchObject({ body: 'new', edited: true })
  })

  test('of an own message, made on the phone', async () => {
    const { contact, account } = world
    const id = await account.phone.send(contact.pn, text('old'))
    await account.phone.editSealed(contact.pn, { id, fromMe: true, secret }, 'new')
    await world.settle()
    expect(await shown(contact.pn, id)).toMatchObject({ body: 'new', edited: true })
  })

  test('of a caption and its mentions, in a group, twice', async () => {
    const { contact, account } = world
    const picture = { mimetype: 'image/jpeg', mediaKey: randomBytes(32), jpegThumbnail: randomBytes(500) }
    const caption = (words: string, mentionedJid: string[]) => ({
      imageMessage: { ...picture, caption: words, contextInfo: { mentionedJid } },
      messageContextInfo: { messageSecret: secret },
    })
    const id = await contact.phone.send(group, caption('old', [account.lid]))
    const target = { id, fromMe: true, secret }
    await contact.phone.editSealed(group, target, caption('newer', []))
    await contact.phone.editSealed(group, target, caption('newest', [contact.lid]), { at: Date.now() + 1_000 })
    await world.settle()
    expect(await shown(group, id)).toMatchObject({
      type: 'image',
      body: 'newest',
      edited: true,
      mentions: [contact.lid],
    })
    const raw = await world.store.findRaw(sessionId, { chat: group, id, fromMe: false, sender: contact.pn })
    expect(proto.Message.decode(raw ?? Buffer.alloc(0)).messageContextInfo?.messageSecret).toEqual(secret)
  })

  test('that comes before its message waits for it, over a restart', async () => {
    const { contact, account } = world
    await contact.phone.editSealed(account.pn, { id: 'LATER', fromMe: true, secret }, 'new')
    await world.settle()
    expect(await shownOf(contact.pn)).toEqual([])
    await contact.phone.send(account.pn, text('old'), { id: 'LATER' })
    await world.settle()
    expect(await shownOf(contact.pn)).toMatchObject([{ waMessageId: 'LATER', body: 'new', edited: true }])
  })

  test('of a message that only a later history has', async () => {
    const { contact, account } = world
    await contact.phone.editSealed(account.pn, { id: 'OLD', fromMe: true, secret }, 'new')
    await world.settle()
    const at = Date.now() - 60_000
    await account.phone.sendHistory({
      chats: [{ jid: contact.pn, messages: [{ id: 'OLD', at, content: text('old') }] }],
    })
    const life = world.begin()
    await vi.waitFor(async () => expect(await shown(contact.pn, 'OLD')).toMatchObject({ body: 'new' }), 30_000)
    await life.client.close()
  })

  test('that is in the history itself', async () => {
    const { contact, account } = world
    const sealedEdit = await sealedBy(async (phone, to) => {
      await phone.editSealed(to, { id: 'OLD', fromMe: true, secret, author: contact.pn, sender: contact.pn }, 'new')
    })
    const at = Date.now() - 60_000
    const messages = [
      { id: 'EDIT', at: at + 1_000, content: sealedEdit },
      { id: 'OLD', at, content: text('old') },
    ]
    await account.phone.sendHistory({ chats: [{ jid: contact.pn, messages }] })
    const life = world.begin()
    await vi.waitFor(async () => expect(await shown(contact.pn, 'OLD')).toMatchObject({ body: 'new' }), 30_000)
    expect(await shownOf(contact.pn)).toHaveLength(1)
    await life.client.close()
  })

  test('that was receipted when the process died is read after it', async () => {
    const { contact, account } = world
    const id = await contact.phone.send(account.pn, text('old'))
    await world.settle()
    const edit = await contact.phone.editSealed(account.pn, { id, fromMe: true, secret }, 'new')
    world.cut = () => wa.next('receipt', ({ messageId }) => messageId === edit).then(() => world.companion.drop())
    const storesIt = ({ call, args: [, facts] }: Moment) =>
      call === 'ingest' && Array.isArray(facts) && facts.some(({ kind }: Fact) => kind === 'edit' || kind === 'sealed')
    await world.begin({ diesAt: (moment) => moment.when === 'before' && storesIt(moment) }).dead
    await world.settle()
    expect(await shown(contact.pn, id)).toMatchObject({ body: 'new', edited: true })
  })

  test('by somebody else, who knows the secret as all of the group do, changes nothing', async () => {
    const { contact, account } = world
    const other = wa.account({ pn: '62899912345' })
    const here = wa.group({ subject: 'Three', members: [account, contact, other], byLid: true }).jid
    const id = await contact.phone.send(here, text('old'))
    await other.phone.editSealed(here, { id, fromMe: true, secret, author: contact.lid, sender: contact.lid }, 'forged')
    await other.phone.editSealed(here, { id, fromMe: true, secret, author: contact.lid }, 'forged')
    await world.settle()
    expect(await shownOf(here)).toMatchObject([{ body: 'old', edited: false }])
  })

  test('of a message that was kept without its secret leaves it as it is, and is reported once', async () => {
    const { contact, account } = world
    const id = await contact.phone.send(account.pn, 'old')
    for (const words of ['new', 'newer'])
      await contact.phone.editSealed(account.pn, { id, fromMe: true, secret }, words)
    const life = await world.settle()
    expect(await shownOf(contact.pn)).toMatchObject([{ body: 'old', edited: false }])
    expect(life.facts.filter(({ kind }) => kind === 'sealed')).toHaveLength(2)
  })
})

describe('in a community', () => {
  const target = (id: string) => ({ id, fromMe: true, secret })

  test('a reaction, and its end', async () => {
    const { contact } = world
    const id = await contact.phone.send(group, text('hello'))
    await contact.phone.reactSealed(group, target(id), '👍')
    await world.settle()
    const { reactions } = (await shown(group, id)) ?? {}
    expect(reactions).toMatchObject([{ emoji: '👍', senderJid: contact.pn, fromMe: false }])
    await contact.phone.reactSealed(group, target(id), '')
    await world.settle()
    expect((await shownOf(group)).map((message) => [message.waMessageId, message.reactions])).toEqual([[id, undefined]])
    expect(await world.unreadOf(group)).toBe(1)
  })

  test('a reaction and a comment on an own message', async () => {
    const { contact, account } = world
    const id = await account.phone.send(group, text('hello'))
    const theirs = { id, fromMe: false, participant: account.lid, secret }
    await contact.phone.reactSealed(group, theirs, '👍')
    const comment = await contact.phone.comment(group, theirs, 'welcome')
    await world.settle()
    expect(await shown(group, id)).toMatchObject({ reactions: [{ emoji: '👍', fromMe: false }] })
    expect(await shown(group, comment)).toMatchObject({
      type: 'text',
      body: 'welcome',
      quoted: { id: await idOf(group, id) },
    })
  })

  test('a comment is a message that answers, counts as unread, and can be edited itself', async () => {
    const { contact } = world
    const id = await contact.phone.send(group, text('hello'))
    await contact.phone.send(group, text('something else'))
    const comment = await contact.phone.comment(group, target(id), text('a thought'))
    await contact.phone.editSealed(group, target(comment), 'a better thought')
    await world.settle()
    expect(await shown(group, comment)).toMatchObject({
      type: 'text',
      body: 'a better thought',
      edited: true,
      quoted: { id: await idOf(group, id) },
    })
    expect(await world.unreadOf(group)).toBe(3)
  })

  test('a comment that waits has its place in the chat when its message comes', async () => {
    const { contact } = world
    const at = Date.now()
    const comment = await contact.phone.comment(group, target('FIRST'), 'a thought', { at })
    await contact.phone.send(group, text('later'), { id: 'LAST', at })
    await world.settle()
    expect(await shownOf(group)).toHaveLength(1)
    await contact.phone.send(group, text('hello'), { id: 'FIRST', at: at - 2_000 })
    await world.settle()
    expect((await shownOf(group)).map(({ waMessageId }) => waMessageId)).toEqual(['FIRST', comment, 'LAST'])
  })
})

test('answers to an event say who comes, and are no messages to read', async () => {
  const { contact } = world
  const event = { eventMessage: { name: 'Picnic' }, messageContextInfo: { messageSecret: secret } }
  const id = await contact.phone.send(group, event)
  const target = { id, fromMe: true, secret }
  const answers = [
    await contact.phone.answerEvent(group, target, 1, { guests: 2 }),
    await contact.phone.answerEvent(group, target, 2),
    await contact.phone.answerEvent(group, target, 3),
    await contact.phone.answerEvent(group, target, 99),
  ]
  await world.settle()
  const said = await Promise.all(answers.map((answer) => shown(group, answer)))
  expect(said.map((one) => one?.body)).toEqual(['Going, with 2 more', 'Not going', 'Maybe', undefined])
  expect(said[0]).toMatchObject({ type: 'system', quoted: { id: await idOf(group, id) }, senderLid: contact.lid })
  expect(await world.unreadOf(group)).toBe(1)
})

test('an incomplete change affects only itself', async () => {
  const { contact, account } = world
  const id = await contact.phone.send(account.pn, text('old'))
  const key = { remoteJid: account.pn, fromMe: true, id }
  const whole = { targetMessageKey: key, secretEncType: 2, encIv: randomBytes(12), encPayload: randomBytes(40) }
  const broken: proto.IMessage[] = [
    { secretEncryptedMessage: {} },
    { secretEncryptedMessage: { ...whole, targetMessageKey: {} } },
    { secretEncryptedMessage: { ...whole, secretEncType: 99 as never } },
    { secretEncryptedMessage: { ...whole, encIv: randomBytes(3) } },
    { secretEncryptedMessage: { ...whole, encPayload: randomBytes(8) } },
    { secretEncryptedMessage: { ...whole, encPayload: randomBytes(200_000) } },
    { secretEncryptedMessage: whole },
    { encReactionMessage: {} },
    { encCommentMessage: { targetMessageKey: key } },
    { encEventResponseMessage: { encIv: randomBytes(12) } },
    { pollUpdateMessage: {} },
  ]
  for (const message of broken) await contact.phone.send(account.pn, message)
  await contact.phone.editSealed(account.pn, { id, fromMe: true, secret }, 'new')
  await world.settle()
  expect(await shownOf(contact.pn)).toMatchObject([{ waMessageId: id, body: 'new', edited: true }])
})

/** What a phone would send, for a history that has it. */
const sealedBy = async (seal: (phone: World['contact']['phone'], to: string) => Promise<unknown>) => {
  const elsewhere = await startLoopback()
  try {
    const [from, to] = [elsewhere.account({ pn: '62811110001' }), elsewhere.account({ pn: '62811110002' })]
    const sent = elsewhere.next('message', ({ phone }) => phone === to.pn)
    await seal(from.phone, to.pn)
    return (await sent).message
  } finally {
    await elsewhere.close()
  }
}
