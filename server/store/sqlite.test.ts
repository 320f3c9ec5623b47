import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { openSqliteStore } from './sqlite.ts'
import { behaviour } from './store.behaviour.ts'

let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-store-'))
})
afterAll(() => rm(folder, { recursive: true }))

const newFile = () => {
  files += 1
  return join(folder, String(files), 'parley.sqlite')
}

behaviour('SQLite', () => openSqliteStore({ file: newFile() }))
