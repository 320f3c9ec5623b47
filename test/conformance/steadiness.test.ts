/** The suite says the same of the same server, in whatever order and company its cases run. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runConformance } from '../../conformance/index.ts'
import { steadinessOf } from '../../conformance/steadiness.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.close())

test('two at once and sixteen at once, in an order of their own', {
  timeout: 300_000,
}, async () => {
  const concurrencies = [2, 16]
  const { differing, red } = await steadinessOf(2, (seed) => {
    const limits = { ...sandbox.target.limits, concurrency: concurrencies.pop() ?? 1 }
    return runConformance({ ...sandbox.target, limits }, { seed })
  })
  expect({ differing, red }).toEqual({ differing: [], red: [] })
})
