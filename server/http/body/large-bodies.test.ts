import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { roomFor } from '../steps/room.ts'
import { createLargeBodies } from './large-bodies.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = new AbortController().signal

const created = () => {
  const bodies = createLargeBodies({ maxBytes: 10, maxBytesEach: 6, waitMs: 1_000 })
  const admitted: string[] = []
  const admit = (organization: string, bytes: number, name: string, signal = never) =>
    bodies.admit(organization, bytes, signal).then(
      (leave) => {
        admitted.push(name)
        return leave
      },
      (error) => {
        admitted.push(`${name} ${error.code}`)
        return () => {}
      },
    )
  return { admit, admitted }
}

const settled = () => vi.advanceTimersByTimeAsync(0)

test('bodies wait for room, in order, and get it when others leave', async () => {
  const { admit, admitted } = created()
  const leave = await admit('a', 4, 'first')
  const second = admit('a', 4, 'second')
  const third = admit('a', 1, 'third')
  await settled()
  expect(admitted).toEqual(['first', 'third'])
  leave()
  leave()
  await settled()
  expect(admitted).toEqual(['first', 'third', 'second'])
  for (const one of [second, third]) (await one)()
})

test('an organization leaves room to others, and all of them share the whole', async () => {
  const { admit, admitted } = created()
  const leave = await admit('a', 6, 'a')
  await admit('b', 4, 'b')
  void admit('c', 5, 'c')
  void admit('d', 1, 'd')
  await settled()
  expect(admitted).toEqual(['a', 'b'])
  leave()
  await settled()
  expect(admitted).toEqual(['a', 'b', 'c', 'd'])
})

test('one that is larger than a share, or than everything, is admitted when it is alone', async () => {
  const { admit, admitted } = created()
  const leave = await admit('a', 20, 'large')
  void admit('b', 1, 'b')
  await settled()
  expect(admitted).toEqual(['large'])
  leave()
  await settled()
  expect(admitted).toEqual(['large', 'b'])
})

test('who waits too long, or has gone, is refused and does not stand in the way', async () => {
  const { admit, admitted } = created()
  const leave = await admit('a', 6, 'first')
  const gone = new AbortController()
  void admit('a', 5, 'gone', gone.signal)
  void admit('a', 5, 'late')
  gone.abort()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(admitted).toEqual(['first', 'gone gateway_unavailable', 'late gateway_unavailable'])
  leave()
  await admit('a', 6, 'next')
  expect(admitted).toContain('next')
})

describe('how much room a request needs', () => {
  const needed = async (headers: object, row = { hasBody: true, maxBodyBytes: 20_000_000 }) => {
    let bytes = 0
    const bodies = {
      admit: async (_organization: string, wanted: number) => {
        bytes = wanted
        return () => {}
      },
    }
    await roomFor(bodies, row, { organizationId: 'a', headers: { ...headers }, signal: never })
    return bytes
  }

  test.each<[string, object, number]>([
    ['a small body', { 'content-length': '1048576' }, 0],
    ['a large one', { 'content-length': '1048577' }, 1_048_577],
    ['one that is refused', { 'content-length': '20000001' }, 0],
    ['one of unknown length', { 'transfer-encoding': 'chunked' }, 20_000_000],
    ['none', {}, 0],
  ])('%s', async (_what, headers, bytes) => expect(await needed(headers)).toBe(bytes))

  test('what is streamed needs none', async () => {
    expect(await needed({ 'content-length': '9000000' }, { hasBody: false, maxBodyBytes: 20_000_000 })).toBe(0)
  })
})
