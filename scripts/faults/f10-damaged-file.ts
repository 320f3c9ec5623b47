import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { Fault } from './fault.ts'
import { query } from './harness/database.ts'
import { StartFailed } from './harness/gateway.ts'
import { few } from './harness/invariants.ts'
import type { World } from './harness/world.ts'

export const damagedFile: Fault = {
  id: 'F10',
  name: 'damaged database file',
  injection:
    'bytes flipped in the header, in each page of credentials and keys, and in the write-ahead log that a kill -9 left behind; the file cut in half',
  promise:
    'a start on damaged credentials is refused in one line, and the file is left as it is; a damaged log gives the state before the damage',
  async run({ quick, random, open, figure, check, say }) {
    const world = await open()
    for (let n = 0; n < 30; n += 1) await world.traffic.any(random)
    await world.drained()
    await world.gateway.kill('SIGTERM')
    const whole = `${world.database}.whole`
    await copyFile(world.database, whole)

    const pages = await pagesOf(whole, ['sessions', 'creds', 'keys', 'meta'])
    const places = [
      ...[0, 18, 100].map((at) => ({ name: `header byte ${at}`, spoil: (bytes: Buffer) => flip(bytes, at) })),
      ...random
        .shuffle(pages)
        .slice(0, quick ? 2 : 12)
        .map(({ number, size }) => ({
          name: `page ${number}`,
          spoil: (bytes: Buffer) => void bytes.fill(0xa5, (number - 1) * size, (number - 1) * size + 64),
        })),
    ]
    const wrong: string[] = []
    let refused = 0
    for (const { name, spoil } of quick ? random.shuffle(places).slice(0, 3) : places) {
      const bytes = await readFile(whole)
      spoil(bytes)
      await putBack(world, bytes)
      const message = await startAndFail(world)
      if (message === undefined) wrong.push(`${name}: it started`)
      else if (!/damaged|cannot be opened/.test(message) || message.trim().split('\n').length > 1)
        wrong.push(`${name}: ${message.slice(0, 200)}`)
      else refused += 1
      if (!(await readFile(world.database)).equals(bytes)) wrong.push(`${name}: the file has changed`)
    }
    const bytes = await readFile(whole)
    await putBack(world, bytes.subarray(0, bytes.length >> 1))
    if ((await startAndFail(world)) === undefined) wrong.push('cut in half: it started')
    else refused += 1
    check(wrong.length === 0, `each damage is refused, clearly, and nothing is rebuilt: ${few(wrong)}`)
    figure('damages refused', refused)

    say('the write-ahead log')
    await putBack(world, await readFile(whole))
    await world.start()
    for (let n = 0; n < 20; n += 1) await world.traffic.any(random)
    await world.drained()
    await world.kill()
    const log = `${world.database}-wal`
    const intact = await readFile(log)
    const found = await copies(world, log, intact, quick ? 3 : 20, random.int)
    check(found.length === 0, `a damaged log leaves a whole database: ${few(found)}`)
    figure('damaged logs', quick ? 3 : 20)
    await writeFile(log, intact)
    await rm(whole)
  },
}

const flip = (bytes: Buffer, at: number) => void bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)

const putBack = async ({ database }: World, bytes: Buffer) => {
  for (const suffix of ['-wal', '-shm']) await rm(database + suffix, { force: true })
  await writeFile(database, bytes)
}

/** @returns what it printed; undefined when it started nevertheless */
const startAndFail = async (world: World): Promise<string | undefined> => {
  try {
    const gateway = await world.start({ offline: true })
    await gateway.kill('SIGKILL')
    return undefined
  } catch (error) {
    if (error instanceof StartFailed) return error.message
    throw error
  }
}

const pagesOf = async (file: string, tables: string[]) => {
  const [{ page_size: size } = { page_size: 4096 }] = await query<{ page_size: number }>(file, 'PRAGMA page_size')
  const rows = await query<{ number: number }>(
    file,
    'SELECT pageno AS number FROM dbstat WHERE name IN (SELECT value FROM json_each(?))',
    JSON.stringify(tables),
  )
  return rows.map(({ number }) => ({ number, size }))
}

/** Damages the WAL of a copy in many places, one after the other. @returns what SQLite found wrong with the database */
const copies = async (
  { database }: World,
  log: string,
  intact: Buffer,
  count: number,
  at: (min: number, max: number) => number,
) => {
  const found: string[] = []
  const copy = `${database}.copy`
  for (let n = 0; n < count; n += 1) {
    const bytes = Buffer.from(intact)
    flip(bytes, at(32, bytes.length - 1))
    await copyFile(database, copy)
    await writeFile(`${copy}-wal`, bytes)
    const [row] = await query<{ integrity_check: string }>(copy, 'PRAGMA integrity_check')
    if (row?.integrity_check !== 'ok') found.push(String(row?.integrity_check))
    for (const suffix of ['', '-wal', '-shm']) await rm(copy + suffix, { force: true })
  }
  await stat(log)
  return found
}
