/** Builds histories that no phone sends, as bytes. */
import { deflateSync } from 'node:zlib'
import { proto } from '@whiskeysockets/baileys'

/** A field of bytes. */
export const field = (number: number, content: Uint8Array): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(content.length), content])

const varint = (value: number): Buffer => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}

/** The same bytes again and again. */
export const repeated = (bytes: Uint8Array, length: number): Buffer => Buffer.alloc(length, bytes)

/** A message inside of a view-once message, so many times. */
export const nested = (depth: number): Buffer => {
  const heads: Buffer[] = []
  let length = 0
  for (let n = 0; n < depth; n += 1) {
    for (const number of [1, 37]) {
      const head = Buffer.concat([varint(number * 8 + 2), varint(length)])
      heads.push(head)
      length += head.length
    }
  }
  return Buffer.concat(heads.reverse())
}

export const message = (id: string, chat: string, content: object = { conversation: id }): Buffer =>
  Buffer.from(
    proto.WebMessageInfo.encode({
      key: { remoteJid: chat, fromMe: false, id },
      messageTimestamp: 1_700_000_000,
      message: content,
    }).finish(),
  )

/** A chat with these messages, encoded each by itself. */
export const chat = (jid: string, messages: Uint8Array[], more: Uint8Array = Buffer.alloc(0)): Buffer =>
  field(2, Buffer.concat([field(1, Buffer.from(jid)), ...messages.map((encoded) => field(2, field(1, encoded))), more]))

/** `HistorySync` of these parts, of the type of the recent months. */
export const history = (...parts: Uint8Array[]): Buffer => Buffer.concat([Buffer.of(8, 3), ...parts])

export const packed = (bytes: Uint8Array): Buffer => deflateSync(bytes, { level: 1 })
