/** `npm run compact`: rewrites the database, without the parts of deleted messages that a large one may still hold. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, readConfig } from '../server/config.ts'
import { StoreUnavailable } from '../server/ports/store/errors.ts'
import { databaseFile } from '../server/start.ts'
import { claimDataDir } from '../server/store/claim.ts'
import { connect } from '../server/store/sqlite/connection.ts'
import { chooseDriver } from '../server/store/sqlite/driver.ts'
import { eraseAll } from '../server/store/sqlite/eraser.ts'
import { openSqliteStore } from '../server/store/sqlite.ts'

const usage = `npm run compact

  Rewrites the database in DATA_DIR (default ./data). The server must be stopped. Afterwards the file holds nothing that was
  deleted, and the unused space is free again. While it runs it needs as much free space as the database takes.`

/** It can't be done now: exit 1. */
class Refusal extends Error {}

const main = async (args: string[]): Promise<void> => {
  if (args.length > 0) {
    console.log(usage)
    if (!['--help', '-h'].includes(args[0] ?? '')) process.exitCode = 2
    return
  }
  const { dataDir, storeDriver } = readConfig(process.env)
  chooseDriver(storeDriver)
  const file = join(dataDir, databaseFile)
  const before = await sizeOf(file)
  const release = await claimDataDir({
    dataDir,
    onWaiting: () => {
      throw new Refusal(`a gateway is using ${dataDir}: stop it first`)
    },
  })
  try {
    // Looks whether it is ours and whole, and brings the schema up to date.
    await (await openSqliteStore({ file })).close()
    const db = await connect(file)
    try {
      await eraseAll(db)
    } finally {
      await db.close()
    }
  } finally {
    await release()
  }
  console.log(`${file} was rewritten: ${megabytes(before)} before, ${megabytes(await sizeOf(file))} now.`)
}

const sizeOf = async (file: string) => {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw new Refusal(`there is no ${file}`)
  return found.size
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected = [Refusal, ConfigError, StoreUnavailable].some((kind) => error instanceof kind)
  console.error(isExpected && error instanceof Error ? `compact: ${error.message}` : error)
  process.exitCode = 1
})
