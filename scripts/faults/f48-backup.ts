import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { settled, tryPresence } from './harness/connection.ts'
import { few } from './harness/invariants.ts'
import { readStored } from './harness/stored.ts'
import type { World } from './harness/world.ts'

export const backup: Fault = {
  id: 'F48',
  name: 'backup under traffic, and an old copy put back',
  injection:
    '`npm run backup` while messages arrive; later that copy is restored, and then the newer database after all',
  promise:
    'the copy has all that was receipted before it; old credentials are not used and the session says what to do; after a person accepts the newest ones, everything goes on',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const { traffic, loopback, companion, sessionId, dataDir, call } = world
    const copy = join(dataDir, 'copy.db')
    const flow = traffic.flow(random, 50, pause(quick ? 1_500 : 10_000))
    await pause(quick ? 700 : 5_000)
    await world.caughtUp()
    const before = new Set([...traffic.sent.keys()].filter((id) => loopback.ledger.of(companion.jid, id).length > 0))
    const began = performance.now()
    const { code, output } = await npmBackup(world, copy)
    figure('copied in', `${Math.round(performance.now() - began)} ms`)
    check(code === 0, `the copy is made: ${output}`)
    await flow
    await world.drained()
    await world.gateway.kill('SIGTERM')

    const restored = await npmBackup(world, 'restore', copy)
    check(restored.code === 0, `the copy is put back: ${restored.output}`)
    const { logins } = loopback.stats
    await world.start({ offline: true })
    const { status, statusReason } = await settled(world, ['starting'])
    check(
      status === 'failed' && /older copy/.test(statusReason ?? ''),
      `old credentials are refused: ${status}, ${statusReason}`,
    )
    check((await tryPresence(world)) === 501, 'live calls answer 501')
    await call('POST', `/sessions/${sessionId}:start`)
    await settled(world, ['starting'])
    check(loopback.stats.logins === logins, 'WhatsApp has seen none of them')
    const { messages } = await readStored(call, sessionId)
    const ids = new Set(messages.map(({ message }) => message.waMessageId))
    const missing = [...before].filter((id) => !ids.has(id))
    check(missing.length === 0, `all that was receipted before the copy is in it: ${few(missing)}`)
    figure('receipted before the copy', before.size)
    figure('missing in it', missing.length)

    await world.gateway.kill('SIGTERM')
    await putNewestBack(world)
    await world.start({ offline: true })
    const again = await settled(world, ['starting'])
    check(again.status === 'failed', `what was put back by hand is refused, too: ${again.status}`)
    const accepted = await npmBackup(world, 'accept')
    check(accepted.code === 0, `a person accepts it: ${accepted.output}`)
    await call('POST', `/sessions/${sessionId}:start`)
    await world.status('working')
    await rm(copy)
  },
}

const npmBackup = async ({ dataDir }: World, ...args: string[]) => {
  const child = spawn(process.execPath, ['scripts/backup.ts', ...args], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  return { code: code as number, output: output.trim() }
}

/** The database that `restore` has kept. */
const putNewestBack = async ({ dataDir, database }: World) => {
  const kept = (await readdir(dataDir)).filter((name) => name.includes('.before-'))
  for (const suffix of ['-wal', '-shm']) await rm(database + suffix, { force: true })
  for (const name of kept) await rename(join(dataDir, name), database + (/-(wal|shm)$/.exec(name)?.[0] ?? ''))
}
