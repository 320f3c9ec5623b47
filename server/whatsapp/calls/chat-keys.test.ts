import { beforeEach, expect, test } from 'vitest'
import { memoryAuth } from '../../../loopback/test-client.ts'
import { fetchChatKeys, type KeySocket } from './chat-keys.ts'
import { createDeviceCache } from './device-cache.ts'

const group = '120363041234567890@g.us'
const rina = '6281398765432@s.whatsapp.net'
let keyless: string[]
let asked: string[][]
let left: string[]

beforeEach(() => {
  keyless = []
  asked = []
  left = []
})

const socketOf = (devices: string[]) => {
  const { creds, keys } = memoryAuth()
  creds.me = { id: '6281234567890:7@s.whatsapp.net', lid: '98765432101234:7@lid' }
  return {
    getUSyncDevices: async () => devices.map((jid) => ({ user: '', jid })),
    async assertSessions(jids: string[]) {
      asked.push(jids)
      if (jids.some((jid) => keyless.includes(jid))) throw Object.assign(new Error('not-acceptable'), { data: 406 })
      return true
    },
    authState: { creds, keys },
  } as unknown as KeySocket
}
const sources = {
  members: { fetch: async () => ({ id: group, owner: undefined, subject: '', participants: [] }) },
  devices: { leaveOut: (jid: string) => void left.push(jid) },
}

test('in a group, a device without keys is left out, and all others have a session', async () => {
  const devices = ['a@lid', 'b@lid', 'c:2@lid', 'd@lid', 'e@lid']
  keyless = ['c:2@lid']
  await fetchChatKeys(socketOf(devices), sources, group)
  expect(left).toEqual(['c:2@lid'])
  const good = asked.filter((jids) => !jids.includes('c:2@lid')).flat()
  expect(good.toSorted()).toEqual(['a@lid', 'b@lid', 'd@lid', 'e@lid'])
})

test('this device asks for no keys of itself, whichever address it is found by', async () => {
  await fetchChatKeys(socketOf(['98765432101234:7@lid', '98765432101234@lid', rina]), sources, group)
  expect(asked).toEqual([['98765432101234@lid', rina]])
})

test('a person who has no device, or only devices without keys, is refused', async () => {
  await expect(fetchChatKeys(socketOf(['6281234567890@s.whatsapp.net']), sources, rina)).rejects.toMatchObject({
    code: 'not_on_whatsapp',
  })
  keyless = [rina]
  await expect(fetchChatKeys(socketOf([rina]), sources, rina)).rejects.toMatchObject({ code: '406' })
})

test('another refusal is thrown', async () => {
  const socket = {
    ...socketOf([rina]),
    assertSessions: () => Promise.reject(Object.assign(new Error('x'), { data: 503 })),
  }
  await expect(fetchChatKeys(socket, sources, rina)).rejects.toMatchObject({ data: 503 })
})

test('the cache gives the devices for five minutes, without this one and those that were left out', () => {
  let now = 0
  const cache = createDeviceCache(
    () => ['1:7@s.whatsapp.net', '2:7@lid'],
    () => now,
  )
  const devices = [
    { user: '2', device: 0 },
    { user: '2', device: 7 },
    { user: '2', device: 8 },
  ]
  cache.set('2', devices)
  expect(cache.get('2')).toEqual([devices[0], devices[2]])
  cache.leaveOut('2:8@lid')
  expect(cache.get('2')).toEqual([devices[0]])
  now = 5 * 60_000
  expect(cache.get('2')).toBeUndefined()
  now = 60 * 60_000
  cache.set('2', devices)
  expect(cache.get('2')).toEqual([devices[0], devices[2]])
})
