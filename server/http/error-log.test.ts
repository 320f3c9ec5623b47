import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createErrorLog, type TellError } from './error-log.ts'

let lines: { operation: string; requestId: string; times?: number }[]
let tell: TellError

beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  tell = createErrorLog({ error: (fields: object) => void lines.push(fields as (typeof lines)[number]) })
})
afterEach(() => vi.useRealTimers())

const broken = () => new TypeError('something')
const asked = (operation: string) => ({ operation, requestId: `request of ${operation}` })

test('a repeated error is one line a minute, which says how often it happened', () => {
  for (let n = 0; n < 100; n += 1) tell(broken(), asked('getChat'))
  expect(lines).toEqual([{ err: expect.any(TypeError), operation: 'getChat', requestId: 'request of getChat' }])
  vi.advanceTimersByTime(60_000)
  tell(broken(), asked('getChat'))
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatchObject({ times: 100 })
})

test('another operation, another class or another place is another kind', () => {
  tell(broken(), asked('getChat'))
  tell(broken(), asked('listChats'))
  tell(new RangeError('something'), asked('getChat'))
  tell('a text', asked('getChat'))
  expect(lines.map(({ operation }) => operation)).toEqual(['getChat', 'listChats', 'getChat', 'getChat'])
})

test('kinds without end are not all remembered', () => {
  for (let n = 0; n < 1_000; n += 1) tell(broken(), asked(`operation ${n}`))
  tell(broken(), asked('operation 999'))
  tell(broken(), asked('operation 0'))
  expect(lines.length).toBe(1_001)
})
