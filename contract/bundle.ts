import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Document } from './document.ts'
import { redocly } from './tools.ts'

/**
 * The many files of a contract as one document; components sorted, so that moving a reference moves nothing else.
 * @param source a file, or a name in `redocly.yaml`
 */
export async function bundle(source: string): Promise<Document> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'))
  try {
    const file = join(folder, 'openapi.json')
    await redocly('bundle', source, '--output', file)
    const document = JSON.parse(await readFile(file, 'utf8')) as Document
    for (const [kind, components] of Object.entries(document.components)) {
      document.components[kind] = Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)))
    }
    return document
  } finally {
    await rm(folder, { recursive: true })
  }
}
