/** Each kind of message, and forwards, as the receiver's phone decrypts them. */
import { proto } from '@whiskeysockets/baileys'
import { expect, test, vi } from 'vitest'
import type { Account } from '../../loopback/index.ts'
import { full, inSandbox, read, sandbox, send } from '../support/in-sandbox.ts'

inSandbox()

const path = () => `/sessions/${sandbox.target.fixtures.liveSession}/messages`
const person = (pn: string): Account => sandbox.loopback.account({ pn, name: 'Rina' })

interface Shown {
  id: string
  waMessageId: string
  type: string
  body?: string
}

/** What the phone shows of it. */
const shownOn = ({ phone }: Account, { waMessageId }: Shown) =>
  vi.waitFor(() => {
    const message = phone.screen.find(waMessageId)?.message
    if (!message) throw new Error('it has not come')
    return message
  }, 15_000)

const sent = async (body: object, to: string, where = path()) => {
  const answer = await send('POST', where, { ...body, to })
  expect(answer.status).toBe(200)
  return answer.body as Shown
}

test('a place, a contact, a poll and what is shown of a link', async () => {
  const rina = person('628333111001')
  const place = await sent(
    { type: 'location', latitude: -6.5, longitude: 106.25, name: 'Monas', address: 'Jakarta' },
    rina.pn,
  )
  expect((await shownOn(rina, place)).locationMessage).toMatchObject({
    degreesLatitude: -6.5,
    degreesLongitude: 106.25,
    name: 'Monas',
    address: 'Jakarta',
  })

  const card = await sent({ type: 'contact', contact: { name: 'Budi', phone: '6281398765432' } }, rina.pn)
  const { contactMessage } = await shownOn(rina, card)
  expect(contactMessage).toMatchObject({
    displayName: 'Budi',
    vcard: expect.stringContaining('waid=6281398765432:+6281398765432'),
  })

  const poll = await sent(
    { type: 'poll', name: 'When?', options: ['Fri', 'Sat', 'Sun'], selectableCount: 1, quotedMessageId: card.id },
    rina.pn,
  )
  const { pollCreationMessageV3, messageContextInfo } = await shownOn(rina, poll)
  expect(pollCreationMessageV3).toMatchObject({
    name: 'When?',
    options: [{ optionName: 'Fri' }, { optionName: 'Sat' }, { optionName: 'Sun' }],
    selectableOptionsCount: 1,
    contextInfo: { stanzaId: card.waMessageId },
  })
  expect(messageContextInfo?.messageSecret).toHaveLength(32)

  const link = await sent(
    { type: 'text', text: 'see https://example.com/a', linkPreview: { url: 'https://example.com/a', title: 'A' } },
    rina.pn,
  )
  expect((await shownOn(rina, link)).extendedTextMessage).toMatchObject({
    matchedText: 'https://example.com/a',
    title: 'A',
  })
})

test('a forward has the content, is marked, and takes nothing else of its chat along', async () => {
  const [budi, rina] = [person('628333111002'), person('628333111003')]
  const secret = Buffer.alloc(32, 7)
  const quoted = 'what was said to Budi alone'
  const id = await budi.phone.send(sandbox.phone.pn, {
    extendedTextMessage: {
      text: 'forward me',
      contextInfo: {
        stanzaId: '3EB0AAAA',
        participant: budi.pn,
        quotedMessage: { conversation: quoted },
        mentionedJid: ['628999000111@s.whatsapp.net'],
        forwardingScore: 3,
      },
    },
    messageContextInfo: { messageSecret: secret },
  })
  const source = await vi.waitFor(async () => {
    const { fixtures } = sandbox.target
    const page = (await read('GET', `/sessions/${fixtures.liveSession}/chats/${budi.pn}/messages`)).body as {
      data?: Shown[]
    }
    const found = page.data?.find(({ waMessageId }) => waMessageId === id)
    if (!found) throw new Error('it has not come')
    return found
  }, 15_000)
  const forwarded = await sent({}, rina.pn, `${path()}/${source.id}/forward`)
  expect(forwarded).toMatchObject({ type: 'text', body: 'forward me', forwarded: true })
  const message = await shownOn(rina, forwarded)
  expect(message.extendedTextMessage?.text).toBe('forward me')
  expect(message.extendedTextMessage?.contextInfo).toMatchObject({ isForwarded: true, forwardingScore: 4 })
  const bytes = Buffer.from(proto.Message.encode(message).finish())
  for (const kept of [secret, quoted, '3EB0AAAA', '628999000111', budi.pn]) expect(bytes.includes(kept)).toBe(false)

  await budi.phone.revoke(sandbox.phone.pn, id)
  await vi.waitFor(
    async () => expect((await read('GET', `${path()}/${source.id}`)).body).toMatchObject({ deleted: true }),
    15_000,
  )
  const answer = await full('POST', `${path()}/${source.id}/forward`, { to: rina.pn })
  expect(answer).toMatchObject({ status: 409, body: { error: { details: { reason: 'not_forwardable' } } } })
})
