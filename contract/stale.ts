import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Names of what a folder has otherwise than `files`: changed, missing, or there without a reason. Sorted. */
export async function staleFiles(files: Record<string, string>, folder: string): Promise<string[]> {
  const present = await readdir(folder).catch(() => [])
  const names = [...new Set([...Object.keys(files), ...present])].sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => undefined)))
  return names.filter((name, index) => texts[index] !== files[name])
}
