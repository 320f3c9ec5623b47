/** What people ask for, what WhatsApp says and what the store does, in any order: how a session ends. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StoreUnavailable } from '../ports/store/errors.ts'
import type { MemoryConnection } from '../whatsapp/memory/memory-whatsapp.ts'
import { created, inSupervisor, me, pass, rowOf, seconds, store, supervisor, whatsapp } from './test-supervisor.ts'

inSupervisor()

const isThere = ({ state }: MemoryConnection) => state === 'connecting' || state === 'open'

/** The connection that the session has now. */
const there = (id: string): MemoryConnection | undefined =>
  whatsapp.connections.findLast((connection) => connection.sessionId === id && isThere(connection))

const connecting = (id: string) => {
  const connection = there(id)
  return connection?.state === 'connecting' ? connection : undefined
}

const commands: Record<string, (id: string) => Promise<unknown>> = {
  start: (id) => supervisor.start(id),
  stop: (id) => supervisor.stop(id),
  restart: (id) => supervisor.restart(id),
  logout: (id) => supervisor.logout(id),
  delete: (id) => supervisor.delete(id),
  'pairing code': (id) => supervisor.pairingCode(id, '6281234567890'),
}

const happenings: Record<string, (id: string) => void> = {
  'a code': (id) => connecting(id)?.qr('code', Date.now() + 20 * seconds),
  'a phone scans': (id) => {
    const connection = connecting(id)
    connection?.paired(me)
    connection?.closed('restart')
  },
  opens: (id) => connecting(id)?.open(me),
  'is lost': (id) => there(id)?.closed('lost'),
  'is unlinked': (id) => there(id)?.closed('logged_out'),
  'the store fails': () => {
    store.failure = new StoreUnavailable('locked')
  },
  'the store works': () => {
    store.failure = undefined
  },
}

const pauses: Record<string, number> = { 'a moment': 5, 'a turn': 200, 'a while': 3 * seconds }

/** What brings a session on comes more often, or there would be little to see. */
const weights: Record<string, number> = { start: 4, opens: 4, 'a phone scans': 3, 'a turn': 6, 'a moment': 4 }
const names = [commands, happenings, pauses].flatMap(Object.keys)
const storm = fc.array(
  fc.oneof(...names.map((name) => ({ arbitrary: fc.constant(name), weight: weights[name] ?? 1 }))),
  { maxLength: 30 },
)

/** @returns how many who asked for something have no answer long after it */
const weather = async (id: string, steps: string[]) => {
  let waiting = 0
  const answered = () => {
    waiting -= 1
  }
  for (const step of steps) {
    const command = commands[step]
    if (command !== undefined) {
      waiting += 1
      command(id).then(answered, answered)
    }
    happenings[step]?.(id)
    await pass(pauses[step])
  }
  store.failure = undefined
  await pass(200 * seconds)
  return waiting
}

test('every call is answered, the stored state matches the running one, and there is at most one connection', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), storm, async (start, steps) => {
      const { id } = await created({ start })
      const waiting = await weather(id, steps)
      const row = await rowOf(id)
      const states = whatsapp.connections
        .filter((one) => one.sessionId === id && isThere(one))
        .map(({ state }) => state)
      expect({ waiting, stored: store.rows.get(id) }).toEqual({ waiting: 0, stored: row })
      if (row?.status === 'working') expect(states).toEqual(['open'])
      else if (row?.status === 'starting' || row?.status === 'scan_qr_code') expect(states).toEqual(['connecting'])
      else expect(states).toEqual([])
      if (row !== undefined) await Promise.all([supervisor.delete(id), pass()])
    }),
    { numRuns: 300 },
  )
})
