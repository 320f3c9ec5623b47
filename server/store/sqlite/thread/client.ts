/** The store of a driver that blocks: it is written in a thread of its own, and short statements read here. */
import { StoreUnavailable } from '../../../ports/store/errors.ts'
import { connect, isLocked } from '../connection.ts'
import type { Core, CoreOptions } from '../core.ts'
import { createHeavy } from './heavy.ts'
import { type Here, type Place, places, type There } from './places.ts'
import { createReads } from './reads.ts'
import { keepThread, type Spawn } from './thread.ts'
import { createWaiting } from './waiting.ts'

type Method = (...args: unknown[]) => Promise<unknown>

/**
 * Opens the database in a thread that writes it, and a connection that reads it here.
 * @throws StoreUnavailable when the file is locked, damaged, from a newer version, or not accessible
 */
export async function openThread(options: CoreOptions, spawn?: Spawn): Promise<Core> {
  const thread = await keepThread(options, spawn)
  try {
    const reading = await connect(options.file, { readOnly: true })
    // Without a timeout, which would block the event loop: what meets a lock is asked of the thread, which waits.
    await reading.script('PRAGMA busy_timeout = 0; PRAGMA cache_size = -16000')
    const reads = createReads(reading, options.sealer)

    const waiting = createWaiting()
    const heavy = createHeavy()

    const there =
      (name: There | Here): Method =>
      (...args) =>
        thread.call('run', name, ...args)

    const here =
      (name: Here): Method =>
      (...args) =>
        (reads[name] as Method)(...args).catch((error: unknown) => {
          if (error instanceof StoreUnavailable && isLocked(error.cause)) return there(name)(...args)
          throw error
        })

    const methodAt: Record<Place, (name: string) => Method> = {
      here: (name) => here(name as Here),
      'read there': (name) => there(name as There),
      'write there': (name) => waiting.counted(there(name as There)),
    }
    const methods = Object.fromEntries(Object.entries(places).map(([name, place]) => [name, methodAt[place](name)]))
    let closing: Promise<void> | undefined

    return {
      ...(methods as unknown as Pick<Core, Here | There>),

      async check(onProgress = () => {}) {
        await thread.check(onProgress)
        await reading.all('SELECT 1')
      },

      writesWaiting: waiting.now,

      async listMessages(sessionId, cid, request) {
        const read = heavy.has(sessionId, cid) ? there('listMessages') : here('listMessages')
        const page = (await read(sessionId, cid, request)) as Awaited<ReturnType<Core['listMessages']>>
        if (page !== undefined) heavy.note(sessionId, cid, page.data.length)
        return page
      },

      close() {
        closing ??= reading.close().then(thread.close)
        return closing
      },
    }
  } catch (error) {
    await thread.close()
    throw error
  }
}
