import { proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { decodeBounded, TooMuch } from './bounded-decode.ts'

/** `contacts` of a ContactsArrayMessage, each of two bytes. */
const contacts = (count: number) => {
  const members = Buffer.alloc(count * 2, Buffer.of(0x12, 0))
  const length = Buffer.from([(members.length & 0x7f) | 0x80, (members.length >> 7) | 0x80, members.length >> 14])
  return Buffer.concat([Buffer.of(0x6a), length, members])
}

test('a message within the bound is decoded as the library decodes it', () => {
  const message = {
    conversation: 'hello',
    extendedTextMessage: { text: 'x', contextInfo: { mentionedJid: ['a', 'b'] } },
  }
  const bytes = proto.Message.encode(message).finish()
  expect(decodeBounded(proto.Message, bytes, 100)).toEqual(proto.Message.decode(bytes))
  expect(decodeBounded(proto.Message, contacts(9_000), 20_000).contactsArrayMessage?.contacts).toHaveLength(9_000)
})

test('a message with more members is refused before they are all decoded', () => {
  expect(() => decodeBounded(proto.Message, contacts(500_000), 20_000)).toThrow(TooMuch)
})

test('the bound counts members at any depth, and unknown ones', () => {
  const inner = proto.Message.encode({ ephemeralMessage: { message: proto.Message.decode(contacts(20_000)) } }).finish()
  expect(() => decodeBounded(proto.Message, inner, 20_000)).toThrow(TooMuch)
  // Field 1000 is not known.
  const unknown = Buffer.concat(Array(20_001).fill(Buffer.of(0xc0, 0x3e, 0)))
  expect(() => decodeBounded(proto.Message, unknown, 20_000)).toThrow(TooMuch)
})

test('endless nesting and truncation are errors', () => {
  let deep: Uint8Array = Buffer.alloc(0)
  // An ephemeralMessage in the message of an ephemeralMessage.
  for (let depth = 0; depth < 10_000; depth += 1)
    for (const tag of [Buffer.of(0x0a), Buffer.of(0xc2, 0x02)]) deep = Buffer.concat([tag, varint(deep.length), deep])
  expect(() => decodeBounded(proto.Message, deep, 1_000_000)).toThrow()
  expect(() => decodeBounded(proto.Message, Buffer.of(0x6a, 0x7f, 0x12), 100)).toThrow()
})

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}
