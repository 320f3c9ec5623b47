import type { Ingested, IngestStore } from '../../ports/store/ingest.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import { createConvergence } from '../converge/converge.ts'
import type { Sealer } from '../seal.ts'
import { eventsOf } from './event-payloads.ts'
import { unfinished } from './job.ts'
import { noticesOf } from './notices.ts'
import type { Outcomes } from './outcomes.ts'
import type { Fence } from './owners.ts'
import type { Raws } from './raws.ts'
import { createRows } from './rows.ts'
import { settle } from './settled.ts'
import type { Writer } from './writer.ts'

export interface IngestOptions {
  writer: Writer
  fence: Fence
  raws: Raws
  /** Absent = nothing is sent. */
  outcomes?: Outcomes
  /** Absent = protobufs and encrypted contents are not stored. */
  sealer?: Sealer | undefined
  /** Absent = encrypted contents are not decrypted. */
  sealedReader?: SealedReader | undefined
  /** Creates ids for messages. */
  newId: (now: number) => string
}

export const createIngest = ({
  writer,
  fence,
  raws,
  outcomes,
  sealer,
  sealedReader,
  newId,
}: IngestOptions): IngestStore => ({
  ingest(owned, facts, now, settled = []) {
    const { sessionId } = owned
    const convergence = createConvergence(facts, { now, newId, sealedReader })
    const isNothing =
      convergence.isEmpty && settled.length === 0 && !facts.some(({ kind }) => kind === 'outcome' || kind === 'notice')
    if (isNothing) return Promise.resolve({ messages: 0, events: [] })
    return writer.write<Ingested>(
      async (db, events) => {
        await events.writeOf(db, sessionId)
        const { changes, isWhole, ...ingested } = await convergence.run(createRows(db, owned, { fence, raws, sealer }))
        const told = events.add(await eventsOf(db, { ...owned, now }, changes))
        if (!isWhole) return unfinished
        const ended = events.add((await outcomes?.settle(db, { ...owned, now }, facts)) ?? [])
        const noticed = events.add(await noticesOf(db, { ...owned, now }, facts))
        await settle(db, sessionId, settled, now)
        return { ...ingested, events: [...told, ...ended, ...noticed] }
      },
      { sessionId, facts: facts.length },
    )
  },
})
