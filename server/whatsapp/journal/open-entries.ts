import { bareJid } from '../../model/jid.ts'
import type { BinaryNode, WAMessageKey } from '../library.ts'

/** Entries of messages that are decrypted and not yet stored, by the message that they belong to. */
export interface OpenEntries {
  /** Says that this entry belongs to the message of this stanza, until `take`. */
  open(stanza: BinaryNode, hash: Buffer): void
  /** The entries of a message, which nobody gets a second time. */
  take(key: WAMessageKey): Buffer[]
}

const maxMessages = 10_000

export const createOpenEntries = (keyOf: (stanza: BinaryNode) => WAMessageKey): OpenEntries => {
  const byMessage = new Map<string, Buffer[]>()
  return {
    open(stanza, hash) {
      const name = nameOf(keyOf(stanza))
      byMessage.set(name, [...(byMessage.get(name) ?? []), hash])
      // Of a few the library never tells. In the journal they wait for the next connection.
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

/** Ids are chosen by senders: a message is found by where it is and who wrote it as well. */
const nameOf = ({ remoteJid, participant, fromMe, id }: WAMessageKey) =>
  JSON.stringify([bareJid(remoteJid) ?? remoteJid, bareJid(participant) ?? '', fromMe === true, id])
