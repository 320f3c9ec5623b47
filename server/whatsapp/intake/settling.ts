/** Determines which journal entries are settled when the facts of an event are stored. */
import type { Notification } from '../history/jobs.ts'
import type { DecryptJournal } from '../journal/decrypt-journal.ts'
import type { BaileysEventMap, WAMessage } from '../library.ts'
import type { FactEvent } from '../reading/reading.ts'
import { absent, isPeer, isPlaceholder, stub } from '../reading/special-messages.ts'

export interface Settling {
  /** The part of an event that has to be stored. */
  withoutCutOff(event: FactEvent, data: unknown): unknown
  /** The entries that are settled with the facts of this event. Each is returned once. */
  doneWith(event: FactEvent, data: unknown): Buffer[]
}

export interface SettlingOptions {
  journal: Pick<DecryptJournal, 'take'>
  historyOf: (message: WAMessage) => Notification | undefined
  /** Imports a history from the phone; its entries are settled when it is stored. */
  onHistory: (notification: Notification, entries: Buffer[]) => void
  /** Called with entries of the phone's own messages, which are settled when the library has processed them. */
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
          // It was requested from the phone, which answers with a separate message.
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
 * On a closing connection keys are refused, so the library takes the current message for undecryptable. It was not acknowledged and is
 * delivered again. Until then its decrypted parts, such as a group's key, stay in the journal.
 */
const withoutUndecrypted = ({ messages, ...more }: Upsert): Upsert => ({
  ...more,
  messages: messages.filter((message) => message.messageStubType !== stub.undecryptable || isPlaceholder(message)),
})
