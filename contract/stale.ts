import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Names of what a folder and those in it have otherwise than `files`: changed, missing, or there without a reason. Sorted. */
export async function staleFiles(files: Record<string, string>, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const present = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
  const names = [...new Set([...Object.keys(files), ...present])].sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => undefined)))
  return names.filter((name, index) => texts[index] !== files[name])
}
