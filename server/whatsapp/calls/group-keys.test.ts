import { beforeEach, expect, test } from 'vitest'
import { memoryAuth } from '../../../loopback/test-client.ts'
import type { SignalDataSet } from '../library.ts'
import { createGroupKeys, type GroupKeys } from './group-keys.ts'

const group = '120363041234567890@g.us'
let groups: GroupKeys
let writes: SignalDataSet[]

beforeEach(() => {
  const { keys } = memoryAuth()
  writes = []
  groups = createGroupKeys({
    get: (type, ids) => keys.get(type, ids),
    async set(data) {
      writes.push(data)
      await keys.set(data)
    },
  })
})

/** As the library does: reads what is known, and notes that all of these have the key. */
const send = (id: string, devices: string[]) =>
  groups.during(group, id, async () => {
    const known = { ...(await memory()), ...Object.fromEntries(devices.map((device) => [device, true])) }
    await groups.keys.set({ 'sender-key-memory': { [group]: known } })
  })
const memory = async () => (await groups.keys.get('sender-key-memory', [group]))[group]
const answered = async (id: string, isRefused = false) => {
  groups.answered(id, isRefused)
  await new Promise(setImmediate)
}

test('who has the key is stored when WhatsApp has the message', async () => {
  await send('A', ['a', 'b'])
  expect(await memory()).toBeUndefined()
  await answered('A')
  expect(await memory()).toEqual({ a: true, b: true })
})

test('it is stored, too, when the acknowledgement is faster than the library', async () => {
  await groups.during(group, 'A', async () => {
    await answered('A')
    await groups.keys.set({ 'sender-key-memory': { [group]: { a: true } } })
  })
  expect(await memory()).toEqual({ a: true })
})

test('a message that was refused, or had no answer, has given nobody the key', async () => {
  await send('A', ['a'])
  await answered('A', true)
  await answered('A')
  await send('B', ['a'])
  expect(await memory()).toBeUndefined()
})

test('a message that brings nobody a key writes nothing', async () => {
  await send('A', ['a'])
  await answered('A')
  const before = writes.filter((data) => 'sender-key-memory' in data).length
  await send('B', ['a'])
  await answered('B')
  expect(writes.filter((data) => 'sender-key-memory' in data)).toHaveLength(before)
})

test('after the key was replaced, an acknowledgement of the former one counts for nothing', async () => {
  await send('A', ['a'])
  groups.forget(group)
  await groups.keys.set({ 'sender-key-memory': { [group]: null } })
  await answered('A')
  expect(await memory()).toBeUndefined()
})

test('keys of other types are passed on', async () => {
  await groups.keys.set({ session: { x: Buffer.of(1) }, 'sender-key-memory': { [group]: { a: true } } })
  expect((await groups.keys.get('session', ['x'])).x).toEqual(Buffer.of(1))
})
