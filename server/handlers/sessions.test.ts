/** What a handler decides by itself; what all of them do is tested over HTTP. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { SessionRow } from '../model/session.ts'
import type { Input } from '../operation.ts'
import type { Supervisor } from '../sessions/supervisor.ts'
import { createCursors, idPlaces } from './cursor.ts'
import { sessions } from './sessions.ts'

const start = async (status: SessionRow['status'], mayHurry: boolean) => {
  const started: string[] = []
  const row = { id: 'sess_a', status } as SessionRow
  const supervisor = {
    start: async (id: string) => {
      started.push(id)
      return row
    },
  } as unknown as Supervisor
  const sessionCursors = createCursors(randomBytes(32), idPlaces)
  const pacing = { mayHurry: async () => mayHurry }
  const { startSession } = sessions({ supervisor, pacing, sessionCursors, gatewayId: 'gw', clock: () => 0 })
  const answer = await startSession({ session: row } as Input<'startSession'>)
  expect(answer).toMatchObject({ status: 200, body: { status } })
  return started
}

test('a session that connects is hurried when it may be, and left to its back-off when not', async () => {
  expect(await start('starting', true)).toEqual(['sess_a'])
  expect(await start('starting', false)).toEqual([])
})

test.each(['stopped', 'failed', 'logged_out', 'working', 'scan_qr_code'] as const)(
  'one that is %s is started without a question: its pace was looked at before',
  async (status) => expect(await start(status, false)).toEqual(['sess_a']),
)
