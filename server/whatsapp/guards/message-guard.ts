/**
 * What reaches the library of a message: nothing that would break it, nothing that is not for it, nothing without an end. What is
 * taken out is told; the message itself is receipted like any other.
 */
import { decodeBounded, TooMuch } from '../library/bounded-decode.ts'
import type { Baileys, BinaryNode, proto, WAMessage } from '../library.ts'
import { contextInside } from './context-inside.ts'
import { isSpoofed } from './spoofed.ts'

export interface MessageGuard {
  /** The stanza, as far as the library may have it. The same object when there is nothing to take out. */
  stanza(stanza: BinaryNode): BinaryNode
  /**
   * What a ciphertext of a message said, or a message of nothing.
   * @param bytes as the cipher gave them, padding included
   */
  plaintext(bytes: Uint8Array, fromMe: boolean): Buffer
  /** What came without encryption; empty when the library must not see it. */
  unencrypted(bytes: Uint8Array, fromMe: boolean): Uint8Array
}

export interface MessageGuardOptions {
  baileys: Pick<
    Baileys,
    'proto' | 'cleanMessage' | 'normalizeMessageContent' | 'unpadRandomMax16' | 'decodeMessageNode'
  >
  /** Told of each message that pretended to come from the account itself. */
  onSpoofed: () => void
  /** Told of each message of which something was left out. `cause` in words without what the message says. */
  onLeftOut: (cause: string) => void
}

/** A byte of padding: a message without content. */
export const nothing = () => Buffer.of(1)

/** WhatsApp sends two: a group's key, and the message. */
const mostCiphertexts = 8

/**
 * People's texts end at 64 Ki characters, and previews below 100 KB. The account's phone tells a client at once what hundreds of
 * messages said, or all addresses of its contacts.
 */
const mostBytes = { others: 1_048_576, own: 8_388_608 }
const mostNumbers = { others: 50_000, own: 1_000_000 }

/** Some twenty thousand contacts. The library works them off one by one, and the session's messages wait. */
const mostAddressBytes = 524_288

/** A phone has a handful. The library stores each, and none is ever taken away. */
const mostSharedKeys = 256

export const createMessageGuard = ({ baileys, onSpoofed, onLeftOut }: MessageGuardOptions): MessageGuard => {
  /** Why the library must not have it; undefined when it may. What it can't decode itself it takes for unreadable. */
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

  /** Messages in the bytes of a message, which the library decodes as well. */
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

  /** The library changes the keys inside of a message before it tells it, and breaks off where there are none. */
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
      // What can't be decoded the library takes for unreadable.
      return undefined
    }
  }

  /** What the library reads of its own accord, before anything is decrypted. */
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
      // The library would take both for one message, and the one was journaled and looked at without the other.
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

/** The library goes by the type: this one is no ciphertext, whatever it is called. */
const asItIs = (child: BinaryNode): BinaryNode =>
  child.tag === 'enc' && child.attrs.type === 'plaintext' ? { ...child, tag: 'plaintext' } : child
