/** The suite of every store on the driver that is not the default. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { createSealer } from '../../seal.ts'
import { openSqliteStore } from '../../sqlite.ts'
import { shortBehaviour } from '../../store.behaviour.ts'
import { chooseDriver } from '../driver.ts'

let folder: string
let files = 0
beforeAll(async () => {
  chooseDriver('sqlite3')
  folder = await mkdtemp(join(tmpdir(), 'parley-npm-sqlite3-'))
})
afterAll(() => rm(folder, { recursive: true }))

const newFile = () => {
  files += 1
  return join(folder, String(files), 'parley.sqlite')
}

const sealer = createSealer(randomBytes(32))

shortBehaviour('npm sqlite3', (options) => openSqliteStore({ file: newFile(), sealer, ...options }))
