/** Shared by the tests of what cannot be read: contents and stanzas, and worlds whose clients report what they could not read. */
import { proto } from '@whiskeysockets/baileys'
import { beforeEach } from 'vitest'
import { type BinaryNode, type Loopback, node } from '../../loopback/index.ts'
import { inWorlds, type LifeOptions, type World } from './test-world.ts'

/** Contents that break the library off, each in the smallest form that does. */
export const contents: Record<string, proto.IMessage> = {
  'a reaction without a key': { reactionMessage: { text: 'x' } },
  'a vote without a key': { pollUpdateMessage: { vote: { encIv: Buffer.alloc(12), encPayload: Buffer.alloc(30) } } },
  'a reaction without a key in an envelope': { ephemeralMessage: { message: { reactionMessage: { text: 'x' } } } },
  'a revoke without a key': { protocolMessage: { type: 0 } },
  'an edit without anything': { protocolMessage: { type: 14 } },
}

/** WhatsApp's time of a stanza: seconds, as text. */
export const now = () => String(Math.floor(Date.now() / 1000))

export const plain = (message: proto.IMessage) =>
  node('plaintext', {}, Buffer.from(proto.Message.encode(message).finish()))

/** What the test that runs has for itself. */
interface Made {
  wa: Loopback
  world: World
  /** The kinds of what could not be read, in order; filled by clients that get `options`. */
  unreadable: string[]
  options: LifeOptions
}

/**
 * A world for each test. To be called once in a file.
 * @param use called before each test
 */
export const inWorldsWithReports = (use: (made: Made) => void) => {
  let wa: Loopback
  let world: World
  inWorlds((...made) => {
    ;[wa, world] = made
  })
  beforeEach(() => {
    const unreadable: string[] = []
    use({ wa, world, unreadable, options: { onUnreadable: (kind) => unreadable.push(kind) } })
  })

  return {
    /** The words of the messages of a chat, the contact's unless said otherwise; oldest first. */
    texts: async (chat = world.contact.pn) => (await world.messagesOf(chat)).map(({ body }) => body),

    /** A stanza of the contact, as WhatsApp's server would make it. */
    stanza: (id: string, content: BinaryNode[], attrs = {}) =>
      node('message', { from: world.contact.pn, id, type: 'text', t: now(), ...attrs }, content),
  }
}
