import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { watchStalls } from './stall-watch.ts'

const lines: object[] = []
const log = { warn: (fields: object) => void lines.push(fields) } as Parameters<typeof watchStalls>[0]

test('a blocked event loop is logged, with its duration', async () => {
  const end = watchStalls(log)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_700)
  await expect.poll(() => lines.length).toBe(1)
  const [line] = lines
  expect(line).toEqual({ ms: expect.any(Number) })
  expect((line as { ms: number }).ms).toBeGreaterThan(1_000)
  end()
  lines.length = 0
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_700)
  // One turn of the loop, in which the timer would have fired.
  await pause(0)
  expect(lines).toEqual([])
})
