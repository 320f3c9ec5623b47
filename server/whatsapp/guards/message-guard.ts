/**
 * Sanitizes messages before the library gets them: removes what would break it, what it must not process, and what exceeds the limits.
 * Each removal is reported; the message itself is acknowledged like any other.
 */
import { decodeBounded, TooMuch } from '../library/bounded-decode.ts'
import type { Baileys, BinaryNode, proto, WAMessage } from '../library.ts'
import { contextInside } from './context-inside.ts'
import { isSpoofed } from './spoofed.ts'

export interface MessageGuard {
  /** The sanitized stanza; the same object if nothing was removed. */
  stanza(stanza: BinaryNode): BinaryNode
  /**
   * The sanitized plaintext of a ciphertext; an empty message if the library must not see it.
   * @param bytes the plaintext with its padding
   */
  plaintext(bytes: Uint8Array, fromMe: boolean): Buffer
  /** The sanitized content of an unencrypted message; empty if the library must not see it. */
  unencrypted(bytes: Uint8Array, fromMe: boolean): Uint8Array
}

export interface MessageGuardOptions {
  baileys: Pick<
    Baileys,
    'proto' | 'cleanMessage' | 'normalizeMessageContent' | 'unpadRandomMax16' | 'decodeMessageNode'
  >
  /** Called for each message that spoofed the account itself. */
  onSpoofed: () => void
  /** Called for each message from which something was removed. `cause` contains no text of the message. */
  onLeftOut: (cause: string) => void
}

/** A byte of padding: a message without content. */
export const nothing = () => Buffer.of(1)

/** The most ciphertexts of a message. WhatsApp sends two: a group's key, and the message. */
const mostCiphertexts = 8

/**
 * The largest plaintext. Texts have at most 64 Ki characters, and previews less than 100 KB; but the account's phone sends hundreds of
 * messages, or all addresses of its contacts, in one.
 */
const mostBytes = { others: 1_048_576, own: 8_388_608 }
const mostNumbers = { others: 50_000, own: 1_000_000 }

/** The most contacts of one message: the library processes them one by one, while the session's messages wait. */
const mostAddressBytes = 524_288

/** The most key ids: a phone has a handful, and the library stores each and never deletes one. */
const mostSharedKeys = 256

export const createMessageGuard = ({ baileys, onSpoofed, onLeftOut }: MessageGuardOptions): MessageGuard => {
  /** Why the library must not get it; undefined when it may. The library itself handles what it cannot decode. */
  const objection = (bytes: Uint8Array, fromMe: boolean, unpad: (bytes: Uint8Array) => Uint8Array) => {
    const who = fromMe ? 'own' : 'others'
    if (bytes.length > mostBytes[who]) return 'a message that is too long'
    let message: proto.IMessage
    try {
      message = decodeBounded(baileys.proto.Message, unpad(bytes), mostNumbers[who])
    } catch (error) {
      return error instanceof TooMuch ? error.message : undefined
    }
    if (!fromMe && isSpoofed(message)) return 'spoofed'
    const said = message.deviceSentMessage?.message ?? message
    return inside(said, mostNumbers[who]) ?? breaking(said)
  }

  /** Messages inside byte fields of a message, which the library decodes as well. */
  const inside = (message: proto.IMessage, most: number) => {
    const protocol = baileys.normalizeMessageContent(message)?.protocolMessage
    const addresses = protocol?.lidMigrationMappingSyncMessage?.encodedMappingPayload
    const shared = protocol?.appStateSyncKeyShare?.keys
    const results = protocol?.peerDataOperationRequestResponseMessage?.peerDataOperationResult ?? []
    try {
      if (shared && shared.length > mostSharedKeys) return 'more keys than an account has'
      if (addresses && addresses.length > mostAddressBytes) return 'more addresses than an account knows'
      if (addresses) decodeBounded(baileys.proto.LIDMigrationMappingSyncPayload, addresses, most)
      for (const result of results) {
        const bytes = result?.placeholderMessageResendResponse?.webMessageInfoBytes
        if (bytes) decodeBounded(baileys.proto.WebMessageInfo, bytes, mostNumbers.others)
      }
    } catch (error) {
      if (error instanceof TooMuch) return error.message
    }
    return undefined
  }

  /** The library rewrites the keys inside a message before it emits it, and throws if they are missing. */
  const breaking = (message: proto.IMessage) => {
    try {
      const key = { remoteJid: '0@s.whatsapp.net', id: '0', fromMe: false }
      baileys.cleanMessage({ key, message } as WAMessage, '', '')
      return undefined
    } catch {
      return 'a part that it needs is missing'
    }
  }

  const mayPass = (bytes: Uint8Array, fromMe: boolean, unpad: (bytes: Uint8Array) => Uint8Array): boolean => {
    const cause = objection(bytes, fromMe, unpad)
    if (cause === 'spoofed') onSpoofed()
    else if (cause !== undefined) onLeftOut(cause)
    return cause === undefined
  }

  const withContextInside = (bytes: Uint8Array): Buffer | undefined => {
    const { Message } = baileys.proto
    try {
      const message = contextInside(Message.decode(baileys.unpadRandomMax16(bytes)))
      return message && Buffer.concat([Message.encode(message).finish(), nothing()])
    } catch {
      // The library handles what cannot be decoded as unreadable.
      return undefined
    }
  }

  /** What the library reads before anything is decrypted. */
  const isSound = ({ tag, content }: BinaryNode) => {
    if (tag !== 'verified_name' || !(content instanceof Uint8Array)) return true
    try {
      const { details } = baileys.proto.VerifiedNameCertificate.decode(content)
      baileys.proto.VerifiedNameCertificate.Details.decode(details as Uint8Array)
      return true
    } catch {
      return false
    }
  }

  return {
    stanza(stanza) {
      if (!Array.isArray(stanza.content)) return stanza
      const leftOut = new Set<string>()
      let ciphertexts = 0
      const content = stanza.content.map(asItIs).filter((child) => {
        if (!isSound(child)) return !leftOut.add(child.tag)
        if (!isCiphertext(child)) return true
        ciphertexts += 1
        return ciphertexts <= mostCiphertexts || !leftOut.add('enc')
      })
      // The library would take both for one message, but they were journaled and checked separately.
      const kept = ciphertexts === 0 ? content : content.filter(({ tag }) => tag !== 'plaintext' || !leftOut.add(tag))
      for (const tag of leftOut) onLeftOut(`<${tag}> that no message has`)
      const isSame = kept.length === stanza.content.length && kept.every((child, n) => child === stanza.content?.[n])
      return isSame ? stanza : { ...stanza, content: kept }
    },

    plaintext(bytes, fromMe) {
      if (!mayPass(bytes, fromMe, baileys.unpadRandomMax16)) return nothing()
      return (fromMe && withContextInside(bytes)) || Buffer.from(bytes)
    },

    unencrypted: (bytes, fromMe) => (mayPass(bytes, fromMe, (all) => all) ? bytes : Buffer.alloc(0)),
  }
}

const isCiphertext = ({ tag, content }: BinaryNode) => tag === 'enc' && content instanceof Uint8Array

/** The library decides by the type: this type is never a ciphertext. */
const asItIs = (child: BinaryNode): BinaryNode =>
  child.tag === 'enc' && child.attrs.type === 'plaintext' ? { ...child, tag: 'plaintext' } : child
