import { bareJid } from '../../model/jid.ts'
import type { BinaryNode, WAMessageKey } from '../library.ts'

/** Entries of messages that are decrypted and not stored yet, by message. */
export interface OpenEntries {
  /** Adds an entry to the message of this stanza, until `take`. */
  open(stanza: BinaryNode, hash: Buffer): void
  /** Removes and returns the entries of a message. */
  take(key: WAMessageKey): Buffer[]
}

const maxMessages = 10_000

export const createOpenEntries = (keyOf: (stanza: BinaryNode) => WAMessageKey): OpenEntries => {
  const byMessage = new Map<string, Buffer[]>()
  return {
    open(stanza, hash) {
      const name = nameOf(keyOf(stanza))
      byMessage.set(name, [...(byMessage.get(name) ?? []), hash])
      // The library never emits some messages. They stay in the journal until the next connection.
      const [oldest] = byMessage.keys()
      if (byMessage.size > maxMessages && oldest !== undefined) byMessage.delete(oldest)
    },
    take(key) {
      const name = nameOf(key)
      const hashes = byMessage.get(name) ?? []
      byMessage.delete(name)
      return hashes
    },
  }
}

/** Senders choose ids, so chat and author are part of the key. */
const nameOf = ({ remoteJid, participant, fromMe, id }: WAMessageKey) =>
  JSON.stringify([bareJid(remoteJid) ?? remoteJid, bareJid(participant) ?? '', fromMe === true, id])
