import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readConfig } from './config.ts'
import { startGateway } from './start.ts'
import { claimDataDir } from './store/claim.ts'

/** The store of these tests closes, and then says that it could not. */
vi.mock(import('./store/sqlite.ts'), async (original) => {
  const { openSqliteStore } = await original()
  return {
    openSqliteStore: async (options) => {
      const store = await openSqliteStore(options)
      const close = async () => {
        await store.close()
        throw new Error('the disk is full')
      }
      return { ...store, close }
    },
  }
})

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-start-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

test('a store that cannot be closed leaves DATA_DIR free for the next gateway', async () => {
  const gateway = await startGateway(readConfig({ DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' }))
  await expect(gateway.close()).rejects.toThrow('the disk is full')
  const onWaiting = () => expect.unreachable('the folder is still in use')
  const release = await claimDataDir({ dataDir, onWaiting })
  await release()
})
