/** Names of groups that are known by their messages alone. */
import { expect, test, vi } from 'vitest'
import { NotConnected } from '../ports/whatsapp/calls.ts'
import { connection, inSupervisor, message, pass, seconds, store, whatsapp, working } from './test-supervisor.ts'

inSupervisor()

const group = (n: number) => `12036304123456789${n}@g.us`
const inGroup = (n: number, changes = {}) =>
  message({ chat: group(n), sender: '6281234567891@s.whatsapp.net', ...changes })
const hour = 3_600 * seconds

test('a group that is heard of first by a message is asked for its name, once', async () => {
  whatsapp.subjects.set(group(1), 'Lunch')
  const id = await working()
  await connection(id).tell([inGroup(1)])
  expect(connection(id).groups).toEqual([])
  await pass(1 * seconds)
  expect(connection(id).groups).toEqual([group(1)])
  expect(store.ingested.at(-1)).toEqual({ kind: 'chat', jid: group(1), name: 'Lunch' })
  await connection(id).tell([inGroup(1, { id: 'B' })])
  await pass(hour)
  expect(connection(id).groups).toEqual([group(1)])
})

test('groups that an earlier connection left without a name are asked about after the login, ten a minute', async () => {
  for (let n = 0; n < 9; n += 1) store.nameless.add(group(n))
  const id = await working()
  await pass(31 * seconds)
  expect(connection(id).groups).toHaveLength(6)
  await pass(30 * seconds)
  expect(connection(id).groups).toHaveLength(9)
})

test('a group whose name WhatsApp refuses is asked about again after a day, and no message waits for it', async () => {
  const id = await working()
  await connection(id).tell([inGroup(1)])
  await pass(23 * hour)
  await connection(id).tell([inGroup(1, { id: 'B' })])
  connection(id).closed('lost')
  await pass(60 * seconds)
  connection(id).open({ jid: '6281234567890@s.whatsapp.net' })
  await pass(60 * seconds)
  expect(connection(id).groups).toEqual([])
  await pass(hour)
  connection(id).closed('lost')
  await pass(60 * seconds)
  connection(id).open({ jid: '6281234567890@s.whatsapp.net' })
  await pass(60 * seconds)
  expect(connection(id).groups).toEqual([group(1)])
})

test('a connection that ends before it could ask has asked nothing', async () => {
  const id = await working()
  await connection(id).tell([inGroup(1)])
  connection(id).closed('lost')
  await pass(60 * seconds)
  expect(store.asked.size).toBe(0)
  connection(id).open({ jid: '6281234567890@s.whatsapp.net' })
  await pass(1 * seconds)
  expect(connection(id).groups).toEqual([group(1)])
})

test('a connection that breaks while it is asked, and says so later, has not said no', async () => {
  const id = await working()
  await connection(id).tell([inGroup(1)])
  vi.spyOn(whatsapp.subjects, 'get').mockImplementationOnce(() => {
    throw new NotConnected('the connection to WhatsApp is gone')
  })
  await pass(1 * seconds)
  expect(store.asked.size).toBe(1)
  connection(id).closed('lost')
  await pass(60 * seconds)
  connection(id).open({ jid: '6281234567890@s.whatsapp.net' })
  await pass(1 * seconds)
  expect(connection(id).groups).toEqual([group(1)])
})
