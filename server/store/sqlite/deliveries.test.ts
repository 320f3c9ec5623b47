/** How SQLite finds the rows of a webhook: in a log of any length, and among any number of deliveries. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSqliteStore } from '../sqlite.ts'
import { type Connection, connect } from './connection.ts'
import { selectOpen, selectPage, selectTried, upsert } from './deliveries.ts'
import { selectBehind, selectUndelivered } from './webhook-gaps.ts'
import { hurryPending } from './webhooks.ts'

let folder: string
let db: Connection
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-deliveries-'))
  const file = join(folder, 'parley.sqlite')
  await (await openSqliteStore({ file })).close()
  db = await connect(file)
})
afterAll(async () => {
  await db.close()
  await rm(folder, { recursive: true })
})

test.each([
  ['outcomes of attempts find their events', upsert, 'SEARCH e .*organization_id=\\? AND position=\\?'],
  [
    'what is to be sent is found among what is delivered',
    selectOpen,
    'deliveries_undelivered .*webhook=\\? AND status',
  ],
  ['what failed, too', selectPage('failed'), 'deliveries_undelivered .*webhook=\\? AND status=\\? AND event<'],
  ['what becomes due at once, too', hurryPending, 'deliveries_undelivered .*webhook=\\? AND status=\\?'],
  ['what was tried is found without what waits', selectTried, 'SEARCH d .*webhook=\\? AND event>'],
  [
    'what is purged before it was delivered is found by its event',
    selectUndelivered,
    'deliveries_of_event .*event=\\?',
  ],
  ['webhooks that are behind, by their organization', selectBehind, 'SEARCH w .*organization_id=\\?'],
])('%s', async (_, sql, expected) => {
  const parameters = new Set(sql.match(/\?\d/g) ?? []).size || sql.split('?').length - 1
  const plan = await db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...Array(parameters).fill(null))
  expect(plan.map(({ detail }) => detail).join('\n')).toMatch(new RegExp(expected))
})
