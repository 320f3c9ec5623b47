import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimDataDir, type Release } from './claim.ts'

let dataDir: string
const releases: Release[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-claim-'))
})
afterEach(async () => {
  for (const release of releases.splice(0)) await release()
  await rm(dataDir, { recursive: true, force: true })
})

/** A process of its own that claims the folder, says so, and lives on. */
const other = async () => {
  const program = `
    import { claimDataDir } from ${JSON.stringify(join(import.meta.dirname, 'claim.ts'))}
    await claimDataDir({ dataDir: ${JSON.stringify(dataDir)} })
    console.log('claimed')
    setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

const claim = (onWaiting?: () => void) =>
  claimDataDir({ dataDir, pollMs: 5, ...(onWaiting && { onWaiting }) }).then((release) => {
    releases.push(release)
    return release
  })

test('without another process the claim is taken at once, and other users cannot read its file', async () => {
  await claim(() => expect.unreachable())
  expect((await stat(join(dataDir, 'parley.lock'))).mode & 0o077).toBe(0)
})

test('while another process has the claim: waits, says so once, and takes it when that process is killed', async () => {
  const child = await other()
  const waiting: string[] = []
  const claimed = claim(() => void waiting.push('waiting'))
  await expect.poll(() => waiting).toEqual(['waiting'])
  // A process that stands still has not given it up.
  child.kill('SIGSTOP')
  const early = await Promise.race([claimed, new Promise((resolve) => setTimeout(resolve, 100, 'not yet'))])
  expect(early).toBe('not yet')
  child.kill('SIGKILL')
  await claimed
  expect(waiting).toEqual(['waiting'])
})

test('a released claim goes to the next in line', async () => {
  const release = await claim()
  const next = claim()
  await release()
  await release()
  await next
})

test('a folder that cannot be created is an error', async () => {
  await expect(claimDataDir({ dataDir: join('/dev/null', 'data') })).rejects.toThrow()
})

test.each([0o777, 0o702, 0o1777])('a folder that others can write into (mode %o) is not used', async (mode) => {
  await chmod(dataDir, mode)
  await expect(claimDataDir({ dataDir })).rejects.toThrow(`others can write into the data folder: chmod o-w ${dataDir}`)
  await chmod(dataDir, mode & ~0o002)
  releases.push(await claimDataDir({ dataDir }))
})

test('a folder of a group is used', async () => {
  await chmod(dataDir, 0o2770)
  releases.push(await claimDataDir({ dataDir }))
})
