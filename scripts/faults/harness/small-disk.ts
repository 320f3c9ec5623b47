/** A file system of a few megabytes that can be filled: a tmpfs in a user namespace, which needs no privileges. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  /** The folder for processes that are started with `wrapper`; for all others it is empty. */
  path: string
  wrapper: string[]
  /** Leaves nothing. */
  fill(): Promise<void>
  free(): Promise<void>
  close(): Promise<void>
}

/** @returns undefined where namespaces can't be made */
export const openSmallDisk = async (megabytes: number): Promise<SmallDisk | undefined> => {
  const probe = spawnSync('unshare', ['-Urm', 'true'])
  if (probe.status !== 0 || spawnSync('nsenter', ['--version']).status !== 0) return undefined
  const path = await mkdtemp(join(tmpdir(), 'parley-small-disk-'))
  const mount = `mount -t tmpfs -o size=${megabytes}m,mode=700 none ${path} && echo mounted && exec sleep 3600`
  const holder = spawn('unshare', ['-Urm', 'sh', '-c', mount], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  const pid = String(holder.pid)
  const seenFromHere = join('/proc', pid, 'root', path)
  const filler = join(seenFromHere, 'filler')
  return {
    path,
    wrapper: ['nsenter', '-t', pid, '-U', '-m', '--preserve-credentials', `--wdns=${process.cwd()}`],
    async fill() {
      // First a large file, then page by page.
      const { bavail, bsize } = await statfs(seenFromHere)
      await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(ignoreFull)
      for (let more = 0; more < 64; more += 1)
        await writeFile(`${filler}${more}`, Buffer.alloc(bsize)).catch(ignoreFull)
    },
    async free() {
      await truncate(filler, 0)
      for (let more = 0; more < 64; more += 1) await rm(`${filler}${more}`, { force: true })
    },
    async close() {
      const exit = once(holder, 'exit')
      holder.kill('SIGKILL')
      await exit
      await rm(path, { recursive: true, force: true })
    },
  }
}

const ignoreFull = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOSPC') throw error
}
