/** What a gateway needs from the machine before it starts: a writable folder and a free port. */
import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** The message is the one line that the operator sees. */
export class CanNotStart extends Error {
  override name = 'CanNotStart'
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no reason given'

const folderReasons: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  EEXIST: 'it is a file',
  ENOENT: 'no folder can be created there',
  ENOTDIR: 'a part of the path is a file',
  ENOSPC: 'the disk is full',
}

/**
 * Creates the folder, for this user only, if missing.
 * @throws CanNotStart when it cannot be written
 */
export const usableFolder = async (dataDir: string): Promise<void> => {
  try {
    await make(resolve(dataDir))
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = codeOf(error)
    const reason = folderReasons[code]
    const words = `DATA_DIR ${dataDir} cannot be used: ${reason === undefined ? code : `${reason} (${code})`}`
    throw new CanNotStart(words, { cause: error })
  }
}

/** `recursive: true` of Node loops forever where a folder exists but cannot contain another, as in /proc. */
const make = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return
    const parent = dirname(folder)
    const isParentMissing = codeOf(error) === 'ENOENT' && (await stat(parent).catch(codeOf)) === 'ENOENT'
    if (!isParentMissing || parent === folder) throw error
    await make(parent)
    await mkdir(folder, { mode: 0o700 })
  }
}

const listenReasons: Record<string, string> = {
  EADDRINUSE: 'another program listens there; set PORT to a free one',
  EACCES: 'this user may not listen there; set PORT to 1024 or more',
  EADDRNOTAVAIL: 'it is not an address of this machine; set HOST to one',
  ENOTFOUND: 'the name is not known; set HOST to an address of this machine',
  EAI_AGAIN: 'the name is not known; set HOST to an address of this machine',
}

/** @throws CanNotStart when `listen` fails */
export const listening = async (
  listen: (port: number, host: string) => Promise<string>,
  port: number,
  host: string,
) => {
  try {
    return await listen(port, host)
  } catch (error) {
    const code = codeOf(error)
    const reason = listenReasons[code]
    const words = `cannot listen on ${host}:${port}: ${reason === undefined ? code : `${reason} (${code})`}`
    throw new CanNotStart(words, { cause: error })
  }
}
