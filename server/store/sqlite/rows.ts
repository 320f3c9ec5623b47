import type { Owned } from '../../model/owned.ts'
import type { Rows } from '../converge/rows.ts'
import type { Sealer } from '../seal.ts'
import type { Connection } from './connection.ts'
import type { Fence } from './owners.ts'
import type { Raws } from './raws.ts'
import { createChatRows } from './rows/chats.ts'
import { createMergeRows } from './rows/merge.ts'
import { createMessageRows } from './rows/messages.ts'
import { createPeopleRows } from './rows/people.ts'
import { createSealedRows } from './rows/sealed.ts'

export interface RowsOptions {
  fence: Pick<Fence, 'refusal'>
  raws: Raws
  /** Absent = protobufs and encrypted contents are not stored. */
  sealer?: Sealer | undefined
}

/** The rows of the owner's session in a transaction of this connection. */
export const createRows = (db: Connection, owned: Owned, options: RowsOptions): Rows => ({
  ...createPeopleRows(db, owned.sessionId),
  ...createMessageRows(db, owned, options),
  ...createChatRows(db),
  ...createMergeRows(db, owned.sessionId),
  ...createSealedRows(db, owned.sessionId, options.sealer),
})
