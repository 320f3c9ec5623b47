/**
 * Converts the library's events to facts. Pure; never throws: what cannot be read is reported and dropped.
 *
 * Edits, revokes and reactions are read from the messages that carry them, and not from the library's derived updates, which do not exist
 * for messages that come from elsewhere than a live connection.
 */
import type { Fact } from '../../model/facts.ts'
import { labelOf } from '../../model/text.ts'
import type { BaileysEventMap, BinaryNode, Chat, ChatUpdate, Contact, WAMessageKey } from '../library.ts'
import { aliasFacts } from './addresses.ts'
import { chatFacts, chatUpdateFacts, contactFacts, nameFacts } from './chat-facts.ts'
import { messageFacts } from './message-facts.ts'
import { noticeFacts } from './notice-facts.ts'
import { outcomeFacts } from './outcome-facts.ts'
import type { FactEvent, Reading } from './reading.ts'
import { groupReceiptFacts, statusFacts } from './receipt-facts.ts'
import { syncActionFacts } from './sync-facts.ts'

/**
 * Yields the facts of one event in the order for storing them. Lazily, because a history has a hundred thousand.
 * @param data the payload of the library's event
 */
export function* factsOf(event: FactEvent, data: unknown, reading: Reading): Generator<Fact> {
  for (const [id, read] of itemsOf(event, data, reading)) {
    let facts: Fact[] = []
    try {
      facts = read()
    } catch (error) {
      reading.onUnreadable({ event, id, error })
    }
    yield* facts
  }
}

/** An item's id, for the log, and what reads it. */
type Item = [id: string, read: () => Fact[]]

function* itemsOf(event: FactEvent, data: unknown, reading: Reading): Generator<Item> {
  switch (event) {
    case 'messages.upsert': {
      const upsert = data as BaileysEventMap['messages.upsert']
      yield* each(upsert.messages, messageId, (message) => messageFacts(message, true, reading))
      return
    }
    case 'messages.update':
      yield* each(data as BaileysEventMap['messages.update'], messageId, (update) => statusFacts(update, reading))
      return
    case 'message-receipt.update':
      yield* each(data as BaileysEventMap['message-receipt.update'], messageId, (receipt) =>
        groupReceiptFacts(receipt, reading),
      )
      return
    case 'messaging-history.set':
      yield* historyItems(data as BaileysEventMap['messaging-history.set'], reading)
      return
    case 'chats.upsert':
      yield* each(data as Chat[], nothing, chatFacts)
      return
    case 'chats.update':
      yield* each(data as ChatUpdate[], nothing, chatUpdateFacts)
      return
    case 'contacts.upsert':
    case 'contacts.update':
      yield* each(data as Partial<Contact>[], nothing, (contact) => contactFacts(contact, reading))
      return
    case 'groups.upsert':
    case 'groups.update':
      yield* each(data as BaileysEventMap['groups.update'], nothing, ({ id, subject }) => nameFacts(id, subject))
      return
    case 'ack':
      yield* each([data as BinaryNode], nothing, (stanza) => outcomeFacts(stanza, reading))
      return
    case 'notice':
      yield* each([data as BinaryNode], nothing, (stanza) => noticeFacts(stanza, reading))
      return
    case 'sync-action':
      yield* each([data], nothing, (action) => syncActionFacts(action, reading))
      return
    case 'lid-mapping.update':
      yield* each([data as BaileysEventMap['lid-mapping.update']], nothing, ({ lid, pn }) =>
        aliasFacts(lid, pn, reading),
      )
      return
  }
}

/**
 * People before chats before messages, so that a message finds its chat under one address. Messages oldest first, because phones send
 * the newest first, and of two messages in the same second the later stored one is listed as newer.
 */
function* historyItems(history: BaileysEventMap['messaging-history.set'], reading: Reading): Generator<Item> {
  for (const [id, read] of itemsIn(history, reading)) yield [id, () => read().map(asHistory)]
}

/** Whether they are live is part of each message. */
const asHistory = (fact: Fact): Fact =>
  fact.kind === 'message' || fact.kind === 'sealed' || fact.kind === 'outcome' || fact.kind === 'notice'
    ? fact
    : { ...fact, history: true }

function* itemsIn(history: BaileysEventMap['messaging-history.set'], reading: Reading): Generator<Item> {
  yield* each(history.lidPnMappings ?? [], nothing, ({ lid, pn }) => aliasFacts(lid, pn, reading))
  yield* each(history.contacts, nothing, (contact) => contactFacts(contact, reading))
  yield* each(history.chats, nothing, chatFacts)
  yield* each(oldestFirst(history.messages), messageId, (message) => messageFacts(message, false, reading))
}

const oldestFirst = <T>(messages: T[]): T[] => (Array.isArray(messages) ? messages.toReversed() : [])

function* each<T>(items: T[], idOf: (item: T) => string, read: (item: T) => Fact[]): Generator<Item> {
  if (!Array.isArray(items)) return
  for (const item of items) yield [idOf(item), () => read(item)]
}

const nothing = () => ''

/** Reads an id for the log from an unchecked item. */
const messageId = (item: { key?: WAMessageKey | null } | null | undefined) => labelOf(item?.key?.id, 64) ?? ''
