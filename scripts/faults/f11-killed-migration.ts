import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { query } from './harness/database.ts'
import { StartFailed } from './harness/gateway.ts'
import type { World } from './harness/world.ts'

export const killedMigration: Fault = {
  id: 'F11',
  name: 'kill -9 during a first start',
  injection:
    'SIGKILL before and after each statement of a start on an empty folder, migrations among them; and at random moments',
  promise: 'the next start finishes what this one began',
  async run({ quick, random, open, figure, check, say }) {
    const world = await open({ bare: true, shim: true })
    const schema = (await readdir('server/store/schema')).filter((name) => name.endsWith('.sql')).length
    const empty = () => clear(world)
    let kills = 0
    let isOver = false
    for (let nth = 1; !isOver; nth += quick ? random.int(30, 60) : 1) {
      for (const when of ['before', 'after'] as const) {
        await empty()
        const died = await startAndDie(world, async () => {
          await world.start({ offline: true, orders: [{ do: 'die', which: { like: '.' }, nth, when }] })
        })
        isOver = !died
        kills += Number(died)
        await goesOn(world, schema, check, `${when} statement ${nth}`)
      }
      if (nth % 10 === 0) say(`${kills} kills`)
    }
    for (let n = 0; n < (quick ? 1 : 15); n += 1) {
      await empty()
      const ms = random.int(50, 500)
      kills += 1
      const starting = startAndDie(world, async () => {
        await world.start({ offline: true, orders: [{ do: 'dieAfter', ms }] })
        await pause(ms)
      })
      await starting
      await goesOn(world, schema, check, `after ${ms} ms`)
    }
    figure('kills', kills)
  },
}

const clear = async ({ dataDir }: World) => {
  for (const name of await readdir(dataDir)) await rm(join(dataDir, name), { recursive: true })
}

/** @returns false when it started */
const startAndDie = async (world: World, start: () => Promise<void>): Promise<boolean> => {
  try {
    await start()
    await world.gateway.kill('SIGKILL')
    return false
  } catch (error) {
    if (error instanceof StartFailed) return true
    throw error
  }
}

const goesOn = async (world: World, schema: number, check: (holds: boolean, words: string) => void, where: string) => {
  try {
    const gateway = await world.start({ offline: true })
    await gateway.kill('SIGKILL')
    const [row] = await query<{ count: number }>(world.database, 'SELECT count(*) AS count FROM migrations')
    check(row?.count === schema, `${where}: all migrations are there: ${row?.count} of ${schema}`)
  } catch (error) {
    check(false, `${where}: the next start failed: ${error}`)
  }
}
