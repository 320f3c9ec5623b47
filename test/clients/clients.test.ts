/** Clients that four generators make from the contract: each compiles strictly and makes the same ten calls. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inSandbox, sandbox } from '../support/in-sandbox.ts'
import type { Job } from './makes/job.ts'

const root = join(import.meta.dirname, '../..')
const node = (args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root })

inSandbox()
beforeAll(() => node(['test/clients/generate.ts']), 180_000)
afterAll(() => rm(join(import.meta.dirname, 'generated'), { recursive: true, force: true }))

/** @hey-api/openapi-ts and oazapfts do not support `exactOptionalPropertyTypes` in what they write; code that uses it may. */
const isTheirs = (line: string) =>
  /^test\/clients\/generated\/.*: error TS(2375|2379): .*exactOptionalPropertyTypes/.test(line)

test('they compile', async () => {
  const compiling = node(['node_modules/typescript/bin/tsc', '-p', 'test/clients', '--pretty', 'false'])
  const said = await compiling.then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  )
  // Lines that explain an error are indented.
  expect(said.split('\n').filter((line) => /^\S/.test(line) && !isTheirs(line))).toEqual([])
}, 180_000)

test.for(['hey-api', 'openapi-fetch', 'orval', 'oazapfts'])('%s does the ten calls', async (make) => {
  const { job } = (await import(`./makes/${make}.ts`)) as { job: Job }
  const { url, target } = sandbox
  const { tokens, fixtures } = target
  const { chats, times, unread, ...seen } = await job({
    url,
    token: tokens.full,
    session: fixtures.liveSession,
    stoppedSession: fixtures.offlineSession,
  })
  expect(seen).toEqual({
    labels: ['Front desk', 'Front desk'],
    isListed: true,
    typing: 204,
    refused: ['not_implemented', 501],
    deleted: 204,
  })
  expect(chats).toEqual([fixtures.chat.id, fixtures.unreadChat.id])
  expect(times).toEqual([expect.any(Number), expect.any(Number)])
  expect(unread).toEqual([expect.any(Number), 0])
})
