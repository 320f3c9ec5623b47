/** The thread that writes the database. */
import type { KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { SealedReader } from '../../../ports/store/sealed.ts'
import { createSealer } from '../../seal.ts'
import { type Core, openCore } from '../core.ts'
import { chooseDriver } from '../driver.ts'
import { openChannel } from './channel.ts'

/** What the thread is started with. */
export interface ThreadData {
  file: string
  /** Of the sealer; absent = there is none. */
  key: KeyObject | undefined
  /** Whether the starter answers the calls of a `SealedReader`. */
  readsSealed: boolean
  generationFile: string | undefined
  busyTimeoutMs: number
}

const port = parentPort
if (port === null) throw new Error('this is no program of its own')
const { file, key, readsSealed, generationFile, busyTimeoutMs } = workerData as ThreadData
chooseDriver('node:sqlite')

let core: Core | undefined

const { call, tell } = openChannel(port, {
  async open() {
    core = await openCore({
      file,
      clock: Date.now,
      sealer: key && createSealer(key),
      sealedReader: readsSealed ? sealedReader : undefined,
      log: {
        info: (fields, message) => tell('log', 'info', fields, message),
        warn: (fields, message) => tell('log', 'warn', fields, message),
      },
      generationFile,
      onEvents: (events) => tell('events', events),
      onRefused: (owned, { name }) => tell('refused', owned, name),
      busyTimeoutMs,
      // Calls that wait in the port are taken in before the event loop comes to its next turn.
      arrived: () => setImmediate(),
    })
  },
  run: (method: keyof Core, ...args: unknown[]) => {
    if (core === undefined) throw new Error('the database is not open')
    return (core[method] as (...args: unknown[]) => unknown)(...args)
  },
  check: () => core?.check(() => tell('progress')),
  async close() {
    await core?.close()
    port.close()
  },
})

const sealedReader: SealedReader = {
  secretOf: (raw) => call('secretOf', raw) as ReturnType<SealedReader['secretOf']>,
  open: (fact, under) => call('open', fact, under) as ReturnType<SealedReader['open']>,
}
