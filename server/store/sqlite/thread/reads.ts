import type { Sealer } from '../../seal.ts'
import { createApiKeys } from '../api-keys.ts'
import { createAttachments } from '../attachments.ts'
import type { Connection } from '../connection.ts'
import type { Core } from '../core.ts'
import { createCredentials } from '../credentials.ts'
import { createEventLog } from '../event-log.ts'
import { createIdempotency } from '../idempotency.ts'
import { createJournal } from '../journal.ts'
import { createOutgoingReads } from '../outgoing-reads.ts'
import type { Fence } from '../owners.ts'
import { createPages } from '../pages.ts'
import { createRaws } from '../raws.ts'
import { createRestored } from '../restored.ts'
import { tooSoon } from '../send-pace.ts'
import { createSessions } from '../sessions.ts'
import type { Writer } from '../writer.ts'
import type { Here } from './places.ts'

const refuse = () => Promise.reject(new Error('this connection only reads'))
const writer: Writer = {
  write: refuse,
  writeOne: refuse,
  writeFirst: refuse,
  alone: refuse,
  waiting: () => ({ count: 0, oldestMs: 0 }),
  close: refuse,
}
const fence: Fence = { check: refuse, refusal: refuse }

/** The methods that read on a connection of the caller's thread. */
export const createReads = (db: Connection, sealer: Sealer | undefined): Pick<Core, Here> => {
  const reader = () => db
  const { findSession } = createSessions(reader, writer, fence, '')
  const { readCreds, readKeys } = createCredentials(reader, writer, fence)
  const { findJournaled } = createJournal(reader, writer, fence)
  const { restoredAt } = createRestored(reader, writer)
  const { findApiKey } = createApiKeys(reader, writer)
  const { eventHead } = createEventLog(reader, writer)
  const { findKeptAnswer } = createIdempotency(reader, writer, sealer)
  const { getChat, listChats, listMessages, getMessage, findMessageKey, isSameChat } = createPages(reader, writer)
  const { findRaw } = createRaws(reader, sealer)
  const { findMessageId } = createAttachments(reader)
  const { findOutgoing, changeState, failureOf } = createOutgoingReads({ reader, findRaw, sealer })
  return {
    findSession,
    findTooSoon: (sessionId, to, now) => tooSoon(db, { sessionId, to }, now),
    readCreds,
    readKeys,
    findJournaled,
    restoredAt,
    findApiKey,
    eventHead,
    findKeptAnswer,
    getChat,
    listChats,
    listMessages,
    getMessage,
    findMessageKey,
    isSameChat,
    findRaw,
    findOutgoing,
    changeState,
    failureOf,
    findMessageId,
  }
}
