import { join } from 'node:path'
import { addApiKey, openStore } from '../history.ts'
import type { Row } from '../row.ts'
import { freePort, type StartedServer, startPrism, startServer } from '../server.ts'

const server = join(import.meta.dirname, '../../../server')
/** As `npm start` does it. */
const args = ['--import', join(server, 'compile-cache.js'), join(server, 'main.ts')]

/** How long a deployment or a crash keeps callers waiting. */
export const start: Row = {
  name: 'start',
  title: 'start of the process to the first 2xx ÷ Prism',
  run: async (bench) => {
    const folder = await bench.folder()
    const token = await keyIn(folder)
    const timed = async (starting: Promise<StartedServer>) => {
      const server = await starting
      await server.stop()
      return server.startMs
    }
    const rounds = await bench.interleave(
      async () => {
        const port = await freePort()
        const env = { DATA_DIR: folder, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'silent' }
        return timed(startServer(bench, { name: 'the gateway', args, env, port, path: '/api/v1/sessions', token }))
      },
      async () => timed(startPrism(bench, await freePort())),
    )
    return [{ title: 'start to first 2xx ÷ Prism', unit: 'ms', budget: { atMost: 0.5 }, ...rounds }]
  },
}

/** A database that was used before, so that the start is not its first, and without sessions: nothing is connected. */
const keyIn = async (folder: string): Promise<string> => {
  const store = await openStore(folder)
  const key = await addApiKey(store)
  await store.close()
  return key
}
