import type { Store } from '../../ports/store/store.ts'
import type { Watched } from './watched.ts'
import type { Writer } from './writer.ts'

export interface CheckParts {
  writing: Watched
  writer: Pick<Writer, 'writeFirst'>
  readers: Watched[]
  /** Epoch ms. */
  clock: () => number
}

const upsertHeartbeat = `
  INSERT INTO meta (name, value) VALUES ('heartbeat', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

/** Writes in the next commit and reads on each connection. Waits for the statements before, whose ends are progress. */
export const createCheck =
  ({ writing, writer, readers, clock }: CheckParts): Store['check'] =>
  async (onProgress = () => {}) => {
    const heartbeat = writer.writeFirst((db) => db.all(upsertHeartbeat, clock()))
    await Promise.all([
      writing.during(heartbeat, onProgress),
      ...readers.map((connection) => connection.during(connection.all('SELECT 1'), onProgress)),
    ])
  }
