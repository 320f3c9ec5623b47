/**
 * A data folder of the version before, stopped or killed: the present gateway starts on it, and nothing that was in it is lost.
 * Every migration runs here on a database that it was written for.
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Account, type BinaryNode, type Companion, type Loopback, startLoopback } from '../../loopback/index.ts'
import { quietLibrary } from '../../scripts/faults/harness/quiet-library.ts'
import { type Caller, caller } from '../support/api.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts'
import { type Linked, linkAgain } from '../support/linked.ts'

quietLibrary()

const fixture = join(import.meta.dirname, '../fixtures/version-c8ab57e')

type Name = 'used' | 'unpaired' | 'logged out' | 'stopped' | 'elsewhere'
type Variant = 'closed' | 'killed'

interface Said {
  chat: string
  waMessageId: string
  body: string
}

/** What that version answered. Messages by chat, newest first. */
interface Answers {
  session: Record<string, unknown>
  chats: Record<string, unknown>[]
  messages: Record<string, Shown[]>
}

interface Shown {
  id: string
  waMessageId: string
  quotedMessageId?: string
  senderJid?: string
  fromMe: boolean
  type: string
  timestamp: number
  body?: string
  deleted: boolean
}

interface Known {
  sessions: ({ name: Name; id: string; token: string } & (Linked | { account?: undefined }))[]
  keys: Record<'readOnly' | 'expired' | 'revoked' | 'elsewhere', { id: string; token: string }>
  contacts: { pn: string; lid: string; name: string }[]
  group: { jid: string; subject: string }
  secret: string
  asleep: Said[]
  journaled: Said
  stanzas: Written[]
  answers: Record<Variant, Record<Name, Answers>>
}

interface Written {
  tag: string
  attrs: Record<string, string>
  content?: Written[]
  bytes?: string
}

let known: Known
let dataDir: string
let loopback: Loopback
let gateway: GatewayProcess
let companions: Map<Name, Companion>

const secret = () => Buffer.from(known.secret, 'base64')

const sessionOf = (wanted: Name) => {
  const found = known.sessions.find(({ name }) => name === wanted)
  if (found === undefined) throw new Error(`no session ${wanted} in the fixture`)
  return { ...found, path: `/sessions/${found.id}`, call: caller(gateway.url, found.token) }
}

const person = (index: 0 | 1 | 2): Account => loopback.account(known.contacts[index] ?? { pn: '' })

const messagesOf = async ({ call, path }: { call: Caller; path: string }, chat: string) => {
  const { body } = await call('GET', `${path}/chats/${chat}/messages?limit=200`)
  return (body as { data: Answers['messages'][string] }).data
}

const becomes = (name: Name, status: string) => {
  const { call, path } = sessionOf(name)
  return expect
    .poll(async () => (await call('GET', path)).body, { timeout: 30_000, interval: 50 })
    .toMatchObject({ status })
}

const isShown = (name: Name, chat: string, message: object) =>
  expect
    .poll(() => messagesOf(sessionOf(name), chat), { timeout: 30_000, interval: 50 })
    .toContainEqual(expect.objectContaining(message))

const stanzaOf = ({ tag, attrs, content, bytes }: Written): BinaryNode => {
  if (bytes !== undefined) return { tag, attrs, content: Buffer.from(bytes, 'base64') }
  return content === undefined ? { tag, attrs } : { tag, attrs, content: content.map(stanzaOf) }
}

/** A WhatsApp that knows the fixture's clients and people. The people's phones have new keys: they were bought yesterday. */
const openWhatsApp = async () => {
  loopback = await startLoopback()
  companions = new Map()
  for (const session of known.sessions)
    if (session.account !== undefined && session.name !== 'logged out')
      companions.set(session.name, linkAgain(loopback, session))
  for (const contact of known.contacts) loopback.account(contact).phone.sendsAgain = false
  const owner = loopback.account({ pn: '628111000001' })
  loopback.group({ ...known.group, members: [owner, person(0), person(1)], byLid: true })
}

const copyData = async (variant: Variant) => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-before-'))
  await copyFile(join(fixture, 'parley.db'), join(dataDir, 'parley.db'))
  const folder = variant === 'killed' ? join(fixture, 'killed') : fixture
  await copyFile(join(folder, 'parley.generation'), join(dataDir, 'parley.generation'))
  if (variant === 'killed') await copyFile(join(folder, 'parley.db-wal'), join(dataDir, 'parley.db-wal'))
  // A checkout does not keep the mode of the key file, and the gateway wants it.
  await writeFile(join(dataDir, 'encryption.key'), await readFile(join(fixture, 'encryption.key')), { mode: 0o600 })
}

const start = async (variant: Variant) => {
  known = JSON.parse(await readFile(join(fixture, 'known.json'), 'utf8')) as Known
  await copyData(variant)
  await openWhatsApp()
  gateway = await startGatewayProcess({
    PORT: '0',
    DATA_DIR: dataDir,
    WHATSAPP_URL: loopback.url,
    WHATSAPP_MEDIA_URL: loopback.mediaUrl,
    WHATSAPP_TEST_ROOT_KEY: loopback.rootPublicKey,
  })
}

afterEach(async () => {
  await gateway?.kill('SIGKILL')
  await loopback.close()
  await rm(dataDir, { recursive: true, force: true })
})

/** That version gave chats a number, named what is quoted by the id of WhatsApp, and had reactions as messages. */
const inTodaysWords = ({ session, chats, messages }: Answers): Answers => ({
  session,
  chats: chats.map(({ id: _, ...chat }) => chat),
  messages: Object.fromEntries(Object.entries(messages).map(([chat, list]) => [chat, inTodaysForm(list)])),
})

const inTodaysForm = (list: Shown[]) =>
  list.filter(({ type }) => type !== 'reaction').map((message) => quotingIn(list)(reactedIn(list)(message)))

const reactedIn =
  (list: Shown[]) =>
  (message: Shown): Shown & { reactions?: object[] } => {
    const reactions = list
      .filter(({ type, quotedMessageId }) => type === 'reaction' && quotedMessageId === message.waMessageId)
      .map(({ body: emoji, senderJid, fromMe, timestamp }) => ({
        emoji,
        ...(senderJid !== undefined && { senderJid }),
        fromMe,
        timestamp,
      }))
    return { ...message, ...(reactions.length > 0 && { reactions }) }
  }

const quotingIn =
  (list: Shown[]) =>
  ({ quotedMessageId, ...message }: Shown): Shown & { quoted?: object } => {
    const quoted = list.find(({ waMessageId }) => waMessageId === quotedMessageId)
    if (quoted === undefined || message.type === 'reaction') return message
    const { id, waMessageId, fromMe, type, body } = quoted
    return { ...message, quoted: { id, waMessageId, fromMe, type, body } }
  }

/** A message that says this, or nothing. */
const said = (waMessageId: string, body?: string) =>
  expect.objectContaining({ waMessageId, ...(body !== undefined && { body }) })

/** Of what is compared: what each start changes. */
const lasting = ({ status: _, updatedAt: __, lastConnectedAt: ___, ...session }: Record<string, unknown>) => session

describe.each<Variant>(['closed', 'killed'])('a data folder of the version before, %s', (variant) => {
  beforeEach(() => start(variant))

  test('has its sessions, chats and pages; what was decrypted and not stored is stored', async () => {
    const journaled = variant === 'killed' ? [known.journaled] : []
    for (const { chat, ...message } of journaled) await isShown('used', chat, message)
    for (const [name, before] of Object.entries(known.answers[variant]) as [Name, Answers][]) {
      const answers = inTodaysWords(before)
      const session = sessionOf(name)
      expect((await session.call('GET', session.path)).body).toMatchObject(lasting(answers.session))
      for (const [chat, messages] of Object.entries(answers.messages)) {
        const isLate = ({ waMessageId }: { waMessageId: string }) =>
          name === 'used' && journaled.some((each) => each.waMessageId === waMessageId)
        expect((await messagesOf(session, chat)).filter((message) => !isLate(message))).toMatchObject(messages)
      }
      const { body } = await session.call('GET', `${session.path}/chats`)
      const isChanged = (jid: unknown) => name === 'used' && journaled.some(({ chat }) => chat === jid)
      const { data } = body as { data: Record<string, unknown>[] }
      expect(data.filter(({ jid }) => !isChanged(jid))).toMatchObject(
        answers.chats.filter(({ jid }) => !isChanged(jid)),
      )
    }
  })

  test('has sessions that go on, stay stopped, or begin to pair, as they were', async () => {
    await becomes('used', 'working')
    await becomes('elsewhere', 'working')
    for (const [name, status] of [
      ['stopped', 'stopped'],
      ['unpaired', 'stopped'],
      ['logged out', 'logged_out'],
    ] as const) {
      const { call, path } = sessionOf(name)
      expect((await call('GET', path)).body).toMatchObject({ status })
      await call('POST', `${path}:start`)
    }
    await becomes('stopped', 'working')
    await becomes('unpaired', 'scan_qr_code')
    await becomes('logged out', 'scan_qr_code')
    expect(loopback.unhandled).toEqual([])
  })

  test('reads what waited for it; what WhatsApp brings a second time is there once', async () => {
    await becomes('used', 'working')
    const companion = companions.get('used')
    for (const stanza of known.stanzas) companion?.deliver(stanzaOf(stanza))
    const all = [...known.asleep, known.journaled]
    for (const { chat, waMessageId, body } of all) await isShown('used', chat, { waMessageId, body })
    await expect.poll(() => companion?.queue.size, { timeout: 30_000, interval: 50 }).toBe(0)

    const { messages } = known.answers.killed.used
    for (const [chat, before] of Object.entries(messages)) {
      const messages = before.filter(({ type }) => type !== 'reaction')
      const ids = [...messages, ...all.filter((each) => each.chat === chat)].map(({ waMessageId }) => waMessageId)
      const shown = await messagesOf(sessionOf('used'), chat)
      expect(shown.map(({ waMessageId }) => waMessageId).sort()).toEqual([...new Set(ids)].sort())
      expect(shown).toEqual(expect.arrayContaining(messages.map(({ waMessageId, body }) => said(waMessageId, body))))
    }
    expect(loopback.unhandled).toEqual([])
  })

  test('has what later messages refer to: secrets, what came early, content to send again', async () => {
    await becomes('used', 'working')
    const [ani, owner] = [person(0), loopback.account({ pn: '628111000001' })]
    const context = { messageContextInfo: { messageSecret: secret() } }
    await ani.phone.send(owner.pn, 'a new one', { id: 'NEW' })
    await ani.phone.editSealed(
      owner.pn,
      { id: 'UNEDITED', fromMe: true, secret: secret(), author: ani.pn },
      'edited by a later version',
    )
    await ani.phone.send(owner.pn, 'as it was', { id: 'LATER-EDITED' })
    await ani.phone.send(owner.pn, { conversation: 'as it was', ...context }, { id: 'LATER-SEALED' })
    await ani.phone.send(owner.pn, 'as it was', { id: 'LATER-REVOKED' })
    for (const shown of [
      { waMessageId: 'NEW', body: 'a new one' },
      { waMessageId: 'UNEDITED', body: 'edited by a later version', edited: true },
      { waMessageId: 'LATER-EDITED', body: 'words of the early edit', edited: true },
      { waMessageId: 'LATER-SEALED', body: 'words of the early sealed edit', edited: true },
      { waMessageId: 'LATER-REVOKED', deleted: true },
    ])
      await isShown('used', ani.pn, shown)

    // That version knew no places and polls.
    const location = expect.objectContaining({ latitude: -6.2, longitude: 106.8 })
    await isShown('used', ani.pn, { type: 'location', body: 'Jakarta', location })
    const poll = (votes: number) =>
      expect.objectContaining({ name: 'Lunch?', options: expect.arrayContaining([{ name: 'rice', votes }]) })
    await isShown('used', ani.pn, { waMessageId: 'POLL', poll: poll(0) })
    const used = sessionOf('used')
    const asked = (await messagesOf(used, ani.pn)).find(({ waMessageId }) => waMessageId === 'POLL')
    await used.call('POST', `${used.path}/messages/${asked?.id}/vote`, { options: ['rice'] })
    await isShown('used', ani.pn, { waMessageId: 'POLL', poll: poll(1) })

    ani.phone.askAgain(owner.pn, 'OWN-SECRET')
    const again = await loopback.next('message', ({ id, phone }) => id === 'OWN-SECRET' && phone === ani.pn)
    expect(again.message.conversation).toBe('own, with a secret')
    expect(Buffer.from(again.message.messageContextInfo?.messageSecret ?? [])).toEqual(secret())
    expect(loopback.unhandled).toEqual([])
  })

  test('has its API keys: valid, of few capabilities, expired, revoked, of another organization', async () => {
    const { readOnly, expired, revoked, elsewhere } = known.keys
    const { path, call } = sessionOf('used')
    const statusOf = async (token: string, method: string, target: string) =>
      (await caller(gateway.url, token)(method, target)).status

    expect((await call('GET', path)).status).toBe(200)
    expect(await statusOf(readOnly.token, 'GET', `${path}/chats`)).toBe(200)
    expect(await statusOf(readOnly.token, 'POST', `${path}:stop`)).toBe(403)
    expect(await statusOf(expired.token, 'GET', path)).toBe(401)
    expect(await statusOf(revoked.token, 'GET', path)).toBe(401)
    expect(await statusOf(elsewhere.token, 'GET', path)).toBe(404)
    expect(await statusOf(elsewhere.token, 'GET', sessionOf('elsewhere').path)).toBe(200)
  })
})
