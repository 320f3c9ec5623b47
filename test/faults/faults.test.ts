/** Each fault of the suite in its short form. Measured at length, with many more repeats, by `npm run faults`. */
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest'
import { faults } from '../../scripts/faults/list.ts'
import { runFault } from '../../scripts/faults/run.ts'

// What a run did is in its words; printed with a failure, it can be had again.
const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000)
// A fault waits for what a slow machine may take, and tells of that by itself.
const longestMs = 180_000

beforeAll(() => {
  // Virtual phones use the client library, which prints whole sessions.
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
})

afterAll(() => void vi.restoreAllMocks())

describe('whatever is done to the gateway', () => {
  test.each(faults.map((fault) => [`${fault.id} ${fault.name}: ${fault.promise}`, fault] as const))(
    '%s',
    { timeout: longestMs },
    async (_, fault) => {
      const steps: string[] = []
      const again = () => `npm run faults -- --quick --only ${fault.id} --seed ${seed}\n${steps.join('\n')}`
      // One that never ends has no outcome to be told with; and the console is silent here.
      onTestFailed(() => void process.stderr.write(`${again()}\n`))
      const outcome = await runFault(fault, { seed, quick: true, say: (step) => void steps.push(step) })
      expect(outcome.broken, again()).toEqual([])
      expect(outcome.checks).toBeGreaterThan(0)
    },
  )
})
