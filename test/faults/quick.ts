/** The faults in their short form. Measured at length, with many more repeats, by `npm run faults`. */
import { afterAll, beforeAll, expect, onTestFailed, test, vi } from 'vitest'
import type { Fault } from '../../scripts/faults/fault.ts'
import { runFault } from '../../scripts/faults/run.ts'

// What a run did is in its words; printed with a failure, it can be had again.
const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000)
// A fault waits for what a slow machine may take, and tells of that by itself.
const longestMs = 180_000

/** One test for each fault. */
export const testQuickly = (faults: readonly Fault[]): void => {
  beforeAll(() => {
    // Virtual phones use the client library, which prints whole sessions.
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  })

  afterAll(() => void vi.restoreAllMocks())

  const named = faults.map((fault) => [`${fault.id} ${fault.name}: ${fault.promise}`, fault] as const)
  test.each(named)('%s', { timeout: longestMs }, (_, fault) => judged(fault))
}

const judged = async (fault: Fault) => {
  const steps: string[] = []
  const { STORE_DRIVER: driver } = process.env
  const command = `npm run faults -- --quick --only ${fault.id} --seed ${seed}${driver ? ` --driver ${driver}` : ''}`
  const again = () => `${command}\n${steps.join('\n')}`
  // One that never ends has no outcome to be told with; and the console is silent here.
  onTestFailed(() => void process.stderr.write(`${again()}\n`))
  const outcome = await runFault(fault, { seed, quick: true, say: (step) => void steps.push(step) })
  expect(outcome.broken, again()).toEqual([])
  expect(outcome.checks).toBeGreaterThan(0)
}
