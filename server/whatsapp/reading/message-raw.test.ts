import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { encodeWith, rawOf, secretOf } from './message-raw.ts'

const bytes = (length: number, value = 7) => Buffer.alloc(length, value)
const secret = bytes(32, 1)
const messageContextInfo = { messageSecret: secret }

/** As it is read again. */
const kept = (message: proto.IMessage, more: { isOwn?: boolean; secret?: unknown } = {}): proto.IMessage => {
  const raw = rawOf(message, { isOwn: false, encode: encodeWith({ proto }), ...more })
  if (raw === undefined) throw new Error('nothing is kept')
  return proto.Message.toObject(proto.Message.decode(raw), { longs: Number })
}

const picture = {
  mimetype: 'image/jpeg',
  caption: 'look',
  mediaKey: bytes(32, 2),
  directPath: '/v/t62.7118-24/1_2.enc',
  fileEncSha256: bytes(32, 3),
  fileSha256: bytes(32, 4),
  fileLength: 298_820,
  thumbnailDirectPath: '/v/t62.36145-24/3_4.enc',
  thumbnailSha256: bytes(32, 5),
}

const poll = { name: 'Where?', options: [{ optionName: 'here' }, { optionName: 'there' }], selectableOptionsCount: 1 }

test('of a received message is all but thumbnails and keys that came along', () => {
  const message = {
    imageMessage: { ...picture, jpegThumbnail: bytes(5_000) },
    messageContextInfo,
    senderKeyDistributionMessage: { groupId: '1@g.us', axolotlSenderKeyDistributionMessage: bytes(200) },
  }
  expect(kept(message)).toEqual({ imageMessage: expect.objectContaining(picture), messageContextInfo })
  expect(kept(message).imageMessage).not.toHaveProperty('jpegThumbnail')
})

test('of an own message is the whole, out of the envelope of the phone', () => {
  const message = { imageMessage: { ...picture, jpegThumbnail: bytes(5_000) }, messageContextInfo }
  const whole = kept(message, { isOwn: true })
  expect(whole.imageMessage?.jpegThumbnail).toHaveLength(5_000)
  expect(kept({ deviceSentMessage: { destinationJid: '1@lid', message } }, { isOwn: true })).toEqual(whole)
})

test('keeps the message as it was', () => {
  const message = { imageMessage: { ...picture, jpegThumbnail: bytes(10) }, messageContextInfo }
  const before = proto.Message.encode(message).finish()
  kept(message)
  expect(proto.Message.encode(message).finish()).toEqual(before)
})

test.each<[string, proto.IMessage, boolean]>([
  ['a short one', { conversation: 'yes?' }, true],
  ['one with a thumbnail', { imageMessage: { caption: 'look', jpegThumbnail: bytes(5_000) } }, true],
  ['a long one', { conversation: 'x'.repeat(2_000) }, false],
])('a quoted message: %s', (_, quotedMessage, isKept) => {
  const context = { stanzaId: 'Q', participant: '1@lid', quotedMessage }
  const { contextInfo } = kept({ extendedTextMessage: { text: 'a', contextInfo: context } }).extendedTextMessage ?? {}
  expect(contextInfo).toMatchObject({ stanzaId: 'Q', participant: '1@lid' })
  expect(contextInfo?.quotedMessage !== undefined).toBe(isKept)
  expect(JSON.stringify(contextInfo)).not.toContain('humbnail')
})

test('has the secret that came beside it, unless it has one', () => {
  const beside = bytes(32, 9)
  expect(secretOf(kept({ pollCreationMessageV3: poll }, { secret: beside }))).toEqual(beside)
  expect(secretOf(kept({ pollCreationMessageV3: poll, messageContextInfo }, { secret: beside }))).toEqual(secret)
  expect(secretOf(kept({ conversation: 'a' }, { secret: 'no bytes' }))).toBeUndefined()
})

test('a secret is found in any envelope, and is one', () => {
  const inside = { ephemeralMessage: { message: { conversation: 'a', messageContextInfo } } }
  expect(secretOf(inside)).toEqual(secret)
  expect(secretOf({ ephemeralMessage: { message: { conversation: 'a' } }, messageContextInfo })).toEqual(secret)
  expect(secretOf({ conversation: 'a', messageContextInfo: { messageSecret: bytes(0) } })).toBeUndefined()
  expect(secretOf({ conversation: 'a', messageContextInfo: { messageSecret: bytes(65) } })).toBeUndefined()
})

describe('of a message over 1 MiB', () => {
  const long = 'x'.repeat(1024 * 1024)

  test.each([true, false])('are its secret, media key, path and hashes (own: %s)', (isOwn) => {
    const message = kept({ imageMessage: { ...picture, caption: long }, messageContextInfo }, { isOwn })
    const { caption: _, ...rest } = picture
    expect(message).toEqual({ imageMessage: expect.objectContaining(rest), messageContextInfo })
    expect(message.imageMessage).not.toHaveProperty('caption')
  })

  test('are its poll options', () => {
    const contextInfo = { quotedMessage: { conversation: long } }
    const message = { ephemeralMessage: { message: { pollCreationMessageV3: { ...poll, contextInfo } } } }
    expect(kept({ ...message, messageContextInfo }, { isOwn: true })).toMatchObject({
      pollCreationMessageV3: poll,
      messageContextInfo,
    })
  })

  test('is the media key inside of a template', () => {
    const header = { imageMessage: picture }
    const templateMessage = { interactiveMessageTemplate: { header, body: { text: long } } }
    expect(kept({ templateMessage })).toMatchObject({
      templateMessage: {
        interactiveMessageTemplate: { header: { imageMessage: { mediaKey: picture.mediaKey } } },
      },
    })
  })
})

test.each<[string, unknown]>([
  [
    'parts in parts without end',
    Array.from({ length: 200 }).reduce((message) => ({ ephemeralMessage: { message } }), {}),
  ],
  ['a part of another kind', { imageMessage: 7, conversation: { no: 'text' } }],
])('of %s is nothing, and nothing breaks', (_, message) => {
  expect(rawOf(message as proto.IMessage, { isOwn: false, encode: encodeWith({ proto }) })).toBeUndefined()
})
