import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseResult } from '../conformance/report/json.ts'

test('conformance:mock starts the mock, judges it, and ends it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mock-'))
  const script = join(import.meta.dirname, 'conformance-mock.ts')
  const args = [script, '--filter', 'setChatPresence/4', '--report', folder]
  // Any other exit code than 0 would reject.
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toContain('steered')
  const { target, footer } = parseResult(await readFile(join(folder, 'result.json'), 'utf8'))
  await rm(folder, { recursive: true })
  expect(target).toMatchObject({ name: 'Parley mock', kind: 'mock' })
  expect(footer.counts.steered).toBeGreaterThan(0)
  await expect(fetch(target.baseUrl)).rejects.toThrow('fetch failed')
})
