import { randomBytes } from 'node:crypto'
import { link, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const fileName = 'encryption.key'

/** The message is the one line that the operator sees. */
export class UnusableKey extends Error {
  override name = 'UnusableKey'
}

export interface KeyOptions {
  /** 64 hexadecimal characters, or base64 of 32 bytes. */
  fromEnv?: string
  /** Folder of the key file; created, for this user alone, if missing. */
  dataDir: string
  /** Whether something is sealed already: no new key is created then. Default: nothing is. */
  isInUse?: () => Promise<boolean>
}

/**
 * The key that credentials are sealed with: from the configuration, else from the file `encryption.key`, which is created at
 * the first start and never overwritten. Several nodes: all need the same key, so it comes from the configuration.
 * @throws UnusableKey when it is malformed, cannot be read, others can read its file, or it is gone
 */
export async function loadEncryptionKey({ fromEnv, dataDir, isInUse }: KeyOptions): Promise<Buffer> {
  if (fromEnv !== undefined && fromEnv !== '') {
    const key = parseKey(fromEnv)
    if (!key) throw new UnusableKey('ENCRYPTION_KEY must be 64 hexadecimal characters, or base64 of 32 bytes')
    return key
  }
  const file = join(dataDir, fileName)
  const known = await readKey(file)
  if (known !== undefined) return known
  // A new key would decrypt nothing, and hide that the old one is missing.
  if (await isInUse?.())
    throw new UnusableKey(
      `the encryption key ${file} is gone: restore it from a backup; if it is lost, set ENCRYPTION_KEY to a new one and pair all sessions again`,
    )
  return createKey(dataDir, file)
}

function parseKey(text: string): Buffer | undefined {
  const trimmed = text.trim()
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64')
  return undefined
}

async function readKey(file: string): Promise<Buffer | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new UnusableKey(`the encryption key ${file} cannot be read`, { cause: error })
  })
  if (!handle) return undefined
  try {
    const { mode } = await handle.stat()
    // Windows has no such mode bits, and reports 0666 for everything.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new UnusableKey(`others can read the encryption key: chmod 600 ${file}`)
    }
    const text = await handle.readFile('utf8').catch((error: unknown) => {
      throw new UnusableKey(`the encryption key ${file} cannot be read`, { cause: error })
    })
    const key = parseKey(text)
    if (!key) throw new UnusableKey(`the encryption key ${file} is damaged: restore it from a backup`)
    return key
  } finally {
    await handle.close()
  }
}

async function createKey(dataDir: string, file: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new UnusableKey(`the encryption key ${file} cannot be created: ${error.code}`, { cause: error })
  })
  try {
    await handle.writeFile(`${randomBytes(32).toString('hex')}\n`)
    await handle.sync()
    // A link appears atomically, and never replaces another file.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await handle.close()
    await unlink(draft)
  }
  await syncFolder(dataDir)
  // The content of the file counts: another process may have been first.
  const key = await readKey(file)
  if (!key) throw new UnusableKey(`the encryption key ${file} could not be created`)
  return key
}

/** Makes the file name durable, too: if a power cut removed the key, the credentials sealed with it would be lost. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
