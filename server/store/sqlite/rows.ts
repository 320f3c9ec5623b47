import type { Rows } from '../converge/rows.ts'
import type { Sealer } from '../seal.ts'
import type { Connection } from './connection.ts'
import type { Raws } from './raws.ts'
import { createChatRows } from './rows/chats.ts'
import { createMergeRows } from './rows/merge.ts'
import { createMessageRows } from './rows/messages.ts'
import { createPeopleRows } from './rows/people.ts'
import { createSealedRows } from './rows/sealed.ts'

/**
 * The rows of one session in a transaction of this connection.
 * @param sealer absent = protobufs and encrypted contents are not stored
 */
export const createRows = (db: Connection, sessionId: string, raws: Raws, sealer: Sealer | undefined): Rows => ({
  ...createPeopleRows(db, sessionId),
  ...createMessageRows(db, sessionId, raws),
  ...createChatRows(db),
  ...createMergeRows(db, sessionId),
  ...createSealedRows(db, sessionId, sealer),
})
