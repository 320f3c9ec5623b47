import { rm } from 'node:fs/promises'
import type { IngestProgram } from '../programs/ingest.ts'
import type { Bench, Figure, Row } from '../row.ts'

/** What it costs to know who wrote what, to take everything twice, and to keep chats right, beside writing rows. */
export const ingest: Row = {
  name: 'ingest',
  title: 'ingest, messages/s ÷ raw SQLite insert of the same rows, same rows per commit, synchronous=FULL',
  run: async (bench) => [await ofBatch(bench, 100), await ofBatch(bench, 500)],
}

const ofBatch = async (bench: Bench, batch: number): Promise<Figure> => {
  const size = { chats: 20, messagesPerChat: bench.quick ? 200 : 2_000 }
  const program = await bench.start<IngestProgram>('ingest', 'server')
  let stored: string | undefined
  const rounds = await bench.interleave(
    async () => {
      if (stored !== undefined) await rm(stored, { recursive: true })
      stored = await bench.folder()
      return program.ask('throughStore', { ...size, batch, folder: stored })
    },
    async () => {
      const folder = await bench.folder()
      const rate = await program.ask('raw', { ...size, batch, folder, from: stored ?? '' })
      await rm(folder, { recursive: true })
      return rate
    },
  )
  const title = `ingest, ${batch} messages a commit: messages/s ÷ raw insert`
  return { title, unit: 'msg/s', budget: { atLeast: 0.5 }, ...rounds }
}
