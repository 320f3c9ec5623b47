import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { message, messagesOf, now, owned, rina } from '../behaviour/examples.behaviour.ts'
import { openSqliteStore } from '../sqlite.ts'
import { connect } from './connection.ts'
import { migrate } from './migrate.ts'

const schema = fileURLToPath(new URL('../schema/', import.meta.url))

/** A database as the version before made it. */
const databaseBefore = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-0007-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const older = join(folder, 'schema')
  await mkdir(older)
  for (const name of await readdir(schema)) if (name < '0007') await copyFile(join(schema, name), join(older, name))
  const file = join(folder, 'parley.sqlite')
  const db = await connect(file)
  await migrate(db, now, older)
  return { file, db }
}

test('a database of the version before keeps its sessions, and the edits that wait', async () => {
  const { file, db } = await databaseBefore()
  await db.script(`
    INSERT INTO sessions (id, organization_id, status, wanted, auto_read, presence_typing, rate_per_min, rate_per_hour,
      wa_jid, wa_lid, created_at, updated_at)
    VALUES ('sess_1', 'org_1', 'working', 1, 0, 0, 20, 200, '6280000000001@s.whatsapp.net', '77@lid', 1, 1),
      ('sess_2', 'org_1', 'logged_out', 0, 0, 0, 20, 200, NULL, NULL, 1, 1);
    INSERT INTO peers (id, session_id, jid) VALUES (1, 'sess_1', '${rina}');
    INSERT INTO addresses (id, session_id, jid, peer_id) VALUES (1, 'sess_1', '${rina}', 1);
    INSERT INTO waiting (session_id, peer_id, wa_id, from_me, sender, body, edited_at, deleted)
    VALUES ('sess_1', 1, 'A', 0, 0, 'edited', ${now}, 0);
  `)
  await db.close()

  const store = await openSqliteStore({ file })
  await store.acquire('sess_1')
  await store.ingest(owned('sess_1'), [message('A', { mentions: [rina] })], now)
  const [shown] = await messagesOf(store, 'sess_1', rina)
  expect(shown).toMatchObject({ body: 'edited', edited: true })
  expect(shown).not.toHaveProperty('mentions')
  await store.close()
})
