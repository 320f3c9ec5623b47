/** Where a gateway is killed while a file is on its way: to it, from it to WhatsApp, or from WhatsApp to it. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Die } from './sending.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/** Begins to wait for the moment of the kill. @returns ends what it did to WhatsApp's media host */
export type Trigger = (world: World) => Promise<() => void>

/** What is on its way when the gateway is killed. */
export type Way = 'in' | 'out' | 'back'

const statement =
  (like: string, when: Die['when']): Trigger =>
  async ({ gateway }) => {
    await gateway.order({ do: 'die', which: { like }, nth: 1, when })
    return () => {}
  }

/** When WhatsApp's media host is in the middle of it, or has taken it. */
const atMediaHost =
  (event: 'upload' | 'download', isStuck: boolean): Trigger =>
  async (world) => {
    const { gateway, loopback } = world
    const faults = isStuck
      ? [loopback.faults.onUpload(() => true, 'silent'), loopback.faults.onMedia(() => true, 'stall')]
      : []
    const stop = loopback.on(event, () => {
      if (event === 'upload') gateway.signal('SIGKILL')
      // What arrived so far is written by then.
      else void killWhenWritten(world)
    })
    return () => {
      stop()
      for (const heal of faults) heal()
    }
  }

/** Kills the gateway when some bytes of a file that is not complete are on its disk. */
export const killWhenWritten = async (world: World): Promise<void> => {
  await until('bytes of a file on the disk', async () => {
    for (const file of await unfinished(world)) if ((await stat(file).catch(() => undefined))?.size) return true
    return undefined
  })
  world.gateway.signal('SIGKILL')
}

/** A moment on the way of a file. */
export interface FilePoint {
  way: Way
  /** Absent: half of an upload is on the disk, which only the caller can bring about. */
  trigger?: Trigger
  /** The file comes with the message, and is deleted after it. */
  ownFile?: boolean
}

export const filePoints: Readonly<Record<string, FilePoint>> = {
  'half of an upload': { way: 'in' },
  'before an upload is noted': { way: 'in', trigger: statement('into uploads', 'before') },
  'an upload is noted': { way: 'in', trigger: statement('into uploads', 'committed') },
  'the message is accepted': { way: 'out', trigger: statement('into outgoing', 'committed') },
  'half of the way to WhatsApp': { way: 'out', trigger: atMediaHost('upload', true) },
  'WhatsApp has the file': { way: 'out', trigger: atMediaHost('upload', false) },
  'before the place is noted': { way: 'out', trigger: statement('update uploads set content', 'before') },
  'the place is noted': { way: 'out', trigger: statement('update uploads set content', 'committed') },
  'before the end of the message is stored': { way: 'out', trigger: statement('delete from outgoing', 'before') },
  'before the file is forgotten': { way: 'out', trigger: statement('delete from uploads', 'before'), ownFile: true },
  'half of a download': { way: 'back', trigger: atMediaHost('download', true) },
}

/** Files that are not complete. */
const unfinished = (world: World) => filesIn(join(world.dataDir, 'media', world.sessionId, 'new'))

/** Paths of all files below a folder; none when it does not exist. */
const filesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/**
 * What a kill has left on the disk that should not be there, in words.
 * @param temporary the gateway's folder for temporary files @param known the ids of the files that are noted @param secret bytes of files
 */
export const leftBehind = async (
  world: World,
  temporary: string,
  known: string[],
  secret: Buffer,
): Promise<string[]> => {
  const drafts = await unfinished(world)
  const uploads = await filesIn(join(world.dataDir, 'media', world.sessionId, 'uploads'))
  const unknown = uploads.filter((file) => !known.some((id) => file.endsWith(id)))
  const open: string[] = []
  for (const file of [...(await filesIn(world.dataDir)), ...(await filesIn(temporary))])
    if ((await readFile(file).catch(() => Buffer.alloc(0))).includes(secret)) open.push(file)
  return [
    ...drafts.map((file) => `not complete: ${file}`),
    ...unknown.map((file) => `known to nobody: ${file}`),
    ...open.map((file) => `decrypted: ${file}`),
  ]
}
