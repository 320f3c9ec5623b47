import { rm } from 'node:fs/promises'
import type { IngestProgram } from '../programs/ingest.ts'
import { figureOf, type Row } from '../row.ts'

/** The cost of knowing who wrote what, of taking everything twice, and of keeping chats right, compared to writing rows. */
export const ingest: Row = {
  name: 'ingest',
  title: 'ingest, messages/s ÷ raw SQLite insert of the same rows, same rows per commit, synchronous=FULL',
  run: async (bench) => {
    const program = await bench.start<IngestProgram>('ingest', 'server')
    // As many in a commit as the adapter gives the store at once.
    const order = { chats: 20, messagesPerChat: bench.quick ? 200 : 2_000, batch: 100 }
    const stored = await bench.folder()
    await program.ask('throughStore', { ...order, folder: stored })

    const inNewFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
      const folder = await bench.folder()
      const result = await work(folder)
      await rm(folder, { recursive: true })
      return result
    }
    const ours = () => inNewFolder((folder) => program.ask('throughStore', { ...order, folder }))
    const sqlite = () => inNewFolder((folder) => program.ask('throughSqlite', { ...order, folder, from: stored }))
    const driver = () => inNewFolder((folder) => program.ask('throughDriver', { ...order, folder, from: stored }))

    const rate = (messagesPerSecond: number) => messagesPerSecond
    return [
      figureOf(await bench.interleave(ours, sqlite), rate, {
        title: 'ingest, 100 messages a commit: messages/s ÷ raw SQLite insert',
        unit: 'msg/s',
        budget: { atLeast: 0.5 },
      }),
      figureOf(await bench.interleave(ours, driver), rate, {
        title: 'the same ÷ one insert for each table of a commit, same driver',
        unit: 'msg/s',
      }),
    ]
  },
}
