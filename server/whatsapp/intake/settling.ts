/** Which entries of the journal are done with once the facts of an event are stored. */
import type { Notification } from '../history/jobs.ts'
import type { DecryptJournal } from '../journal/decrypt-journal.ts'
import type { BaileysEventMap, WAMessage } from '../library.ts'
import type { FactEvent } from '../reading/reading.ts'
import { absent, isPeer, isPlaceholder, stub } from '../reading/special-messages.ts'

export interface Settling {
  /** What the library tells in this event that is to be stored. */
  withoutCutOff(event: FactEvent, data: unknown): unknown
  /** The entries that are settled with the facts of this event. Each is answered once. */
  doneWith(event: FactEvent, data: unknown): Buffer[]
}

export interface SettlingOptions {
  journal: Pick<DecryptJournal, 'take'>
  historyOf: (message: WAMessage) => Notification | undefined
  /** Takes a history that the phone has sent; its entries are settled when it is stored. */
  onHistory: (notification: Notification, entries: Buffer[]) => void
  /** Called with entries of what the phone said to the library, which settles them when it has worked with it. */
  onProcessed: (entries: Buffer[]) => void
  /** Aborted when nothing more is to be decrypted. */
  closed: AbortSignal
}

type Upsert = BaileysEventMap['messages.upsert']

export const createSettling = ({ journal, historyOf, onHistory, onProcessed, closed }: SettlingOptions): Settling => {
  const doneWithMessage = (message: WAMessage): Buffer[] => {
    if (isPlaceholder(message)) return []
    const entries = journal.take(message.key)
    if (!isPeer(message)) return entries
    const notification = historyOf(message)
    if (notification) onHistory(notification, entries)
    else if (entries.length > 0) onProcessed(entries)
    return []
  }

  return {
    withoutCutOff: (event, data) =>
      event === 'messages.upsert' && closed.aborted ? withoutUndecrypted(data as Upsert) : data,

    doneWith(event, data) {
      switch (event) {
        case 'messages.upsert':
          return (data as Upsert).messages.flatMap(doneWithMessage)
        case 'messages.update':
          // The phone has been asked for it, and answers with a message of its own.
          return (data as BaileysEventMap['messages.update']).flatMap(({ key, update }) =>
            update.messageStubParameters?.[0] === absent ? journal.take(key) : [],
          )
        default:
          return []
      }
    },
  }
}

/**
 * On a connection that is ending the keys are shut, and the library takes a message that it was at for one that cannot be
 * decrypted. WhatsApp has not heard of it and delivers it again: until then its parts that were decrypted, a group's key for
 * one, stay in the journal.
 */
const withoutUndecrypted = ({ messages, ...more }: Upsert): Upsert => ({
  ...more,
  messages: messages.filter((message) => message.messageStubType !== stub.undecryptable || isPlaceholder(message)),
})
