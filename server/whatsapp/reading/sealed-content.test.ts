import { createHash } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { type SealedUse, sealUnder } from '../../../loopback/people/sealing.ts'
import type { Fact, SealedKind } from '../../model/facts.ts'
import { createSealedReader, openSealed } from './sealed-content.ts'

/** Made with another implementation of HKDF and AES-GCM: the same content, each time under this secret, nonce and id. */
const vectors: [SealedKind, string][] = [
  ['edit', '4016bb68a7692b0d64b3541a2865eaad920022b84ee0ba91ec45965d6bf504'],
  ['event_edit', '0286f24375d2dfde3cdff5dc5a6391ee49ba619490b7281d198c2c3d7418be'],
  ['poll_edit', 'ca77ba7466eb632eaa545f213a8c7d1926d2de90576f2c6e3d48575a07e42b'],
  ['poll_option', '110ab428c865022e626aa57c4147d5d5746df52e725e7eef813d3e15abe301'],
  ['vote', '52b488df010f8202cc40e4b47f59d7bd9eb0366f9b33c036ecbef1ef092e3d'],
  ['reaction', 'd048a941d3f72ac555e1b40d39ab4cbc412392b9ef7ee639b2cbce292ebeb5'],
  ['comment', 'c71a788715b40d1a85b86301eb6c5ab54b388af69881d7926479fe347fa788'],
  ['event_answer', '01b355345e943841050fe0657dbe8d05c84a3a5dbf8a8581e23645cbdc073c'],
]
const secret = Buffer.from(Array.from({ length: 32 }, (_, n) => n))
const iv = Buffer.from(Array.from({ length: 12 }, (_, n) => 100 + n))
const target = { chat: 'g@g.us', id: '3EB0AAAA', fromMe: false, sender: '111@lid' }
const raw = proto.Message.encode({
  pollCreationMessageV3: { name: 'Seven?', options: [{ optionName: 'yes' }, { optionName: 'no' }] },
}).finish()
const under = { secret, raw, target, authors: ['111@lid'], senders: ['222@lid'] }
const sealed = (holds: SealedKind, hex: string) => ({
  holds,
  targetId: '3EB0AAAA',
  iv,
  payload: Buffer.from(hex, 'hex'),
})

describe.each(vectors)('%s', (holds, hex) => {
  test('opens with the secret of its message', () => {
    expect(openSealed(sealed(holds, hex), under)?.toString()).toBe('what was sealed')
  })

  test('opens whichever address of author and sender was meant', () => {
    const people = { authors: ['6281@s.whatsapp.net', '111@lid'], senders: ['6282@s.whatsapp.net', '222@lid'] }
    expect(openSealed(sealed(holds, hex), { secret, ...people })?.toString()).toBe('what was sealed')
  })

  test.each<[string, object, object?]>([
    ['another secret', { secret: Buffer.alloc(32) }],
    ['another author', { authors: ['333@lid'] }],
    ['another sender', { senders: ['333@lid'] }],
    ['nobody', { authors: [] }],
    ['another message', {}, { targetId: '3EB0AAAB' }],
    ['another use', {}, { holds: holds === 'edit' ? 'comment' : 'edit' }],
    ['a byte that differs', {}, { payload: Buffer.from(hex.replace(/^../, '00'), 'hex') }],
    ['an end that is missing', {}, { payload: Buffer.from(hex.slice(0, -2), 'hex') }],
  ])('does not open with %s', (_, other, changed = {}) => {
    expect(openSealed({ ...sealed(holds, hex), ...changed }, { ...under, ...other })).toBeUndefined()
  })
})

describe('what was sealed is read', () => {
  const reader = createSealedReader(
    async () => ({ proto }),
    () => 0,
  )
  const at = 1_700_000_000_000
  const keyOfCarrier = { chat: 'g@g.us', id: 'C', fromMe: false, sender: '222@lid' }
  const carrier = { ...keyOfCarrier, timestamp: at, live: true }
  const event = { name: 'Picnic at noon' }
  const words = { conversation: 'new' }
  const change = { protocolMessage: { key: { id: 'ANOTHER' }, type: 14, editedMessage: words, timestampMs: at + 5 } }
  const { Message } = proto

  const read = (holds: SealedKind, use: SealedUse, content: Uint8Array): Promise<Fact[] | undefined> => {
    const sealing = { id: target.id, secret, author: '111@lid', sender: '222@lid' }
    const { encIv, encPayload } = sealUnder(use, sealing, content)
    const fact = {
      kind: 'sealed' as const,
      holds,
      carrier,
      targetId: target.id,
      own: [],
      at,
      iv: encIv,
      payload: encPayload,
    }
    return reader.open(fact, under)
  }
  const message = (content: proto.IMessage) => Message.encode(content).finish()

  test.each<[string, SealedKind, SealedUse, Uint8Array, object]>([
    ['an edit', 'edit', 'edit', message(change), { body: 'new', at: at + 5 }],
    ['in an envelope', 'edit', 'edit', message({ editedMessage: { message: change } }), { body: 'new', at: at + 5 }],
    ['the new content alone', 'edit', 'edit', message(words), { body: 'new', at }],
    ['a caption', 'edit', 'edit', message({ imageMessage: { caption: 'new' } }), { body: 'new' }],
    ['of an event, as a message', 'event_edit', 'event-edit', message({ eventMessage: event }), { body: event.name }],
    [
      'of an event alone',
      'event_edit',
      'event-edit',
      Message.EventMessage.encode(event).finish(),
      { body: event.name },
    ],
  ])('%s changes the message that it is sealed under', async (_, holds, use, content, expected) => {
    expect(await read(holds, use, content)).toMatchObject([
      { kind: 'edit', by: '222@lid', target: { chat: 'g@g.us', id: '3EB0AAAA', fromMe: false }, ...expected },
    ])
  })

  test.each<[string, proto.IMessage]>([
    ['text', words],
    ['a comment that names another message', { commentMessage: { message: words, targetMessageKey: { id: 'X' } } }],
  ])('a comment: %s', async (_, content) => {
    const [fact] = (await read('comment', 'comment', message(content))) ?? []
    expect(fact).toMatchObject({ ...carrier, kind: 'message', type: 'text', body: 'new', quoted: { id: '3EB0AAAA' } })
  })

  test('a reaction is one to that message, and not to the one that it names', async () => {
    const content = Message.ReactionMessage.encode({ key: { id: 'X' }, text: '👍', senderTimestampMs: at + 5 }).finish()
    expect(await read('reaction', 'reaction', content)).toEqual([
      { kind: 'reaction', target, by: '222@lid', emoji: '👍', at: at + 5, carrier: keyOfCarrier },
    ])
  })

  test('a vote names the options of the poll, which comes with it', async () => {
    const selectedOptions = [createHash('sha256').update('no').digest(), Buffer.from('short')]
    const vote = Message.PollVoteMessage.encode({ selectedOptions }).finish()
    expect(await read('vote', 'vote', vote)).toEqual([
      {
        kind: 'vote',
        target,
        by: '222@lid',
        options: [selectedOptions[0]?.toString('hex')],
        poll: { name: 'Seven?', options: ['yes', 'no'], selectableCount: 0 },
        at,
        carrier: keyOfCarrier,
      },
    ])
  })

  test.each<[string, SealedKind, SealedUse, Uint8Array]>([
    ['a revoke in an edit', 'edit', 'edit', message({ protocolMessage: { key: { id: 'A' }, type: 0 } })],
    ['no protobuf', 'edit', 'edit', Buffer.from('ffffffff', 'hex')],
    ['something sealed again', 'comment', 'comment', message({ encCommentMessage: { encIv: iv, encPayload: iv } })],
    ['nothing', 'comment', 'comment', Buffer.alloc(0)],
  ])('%s is done with, and says nothing', async (_, holds, use, content) => {
    expect((await read(holds, use, content))?.filter((fact) => fact.kind !== 'edit' || fact.body !== '')).toEqual([])
  })

  test('under another message it does not open', async () => {
    const fact = { kind: 'sealed' as const, ...sealed('edit', vectors[0]?.[1] ?? ''), carrier, own: [], at }
    expect(await reader.open(fact, { ...under, secret: Buffer.alloc(32) })).toBeUndefined()
    expect(await reader.open(fact, under)).toEqual([])
  })
})
