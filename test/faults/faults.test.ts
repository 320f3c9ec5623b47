/** Each fault of the suite in its short form. Measured at length, with many more repeats, by `npm run faults`. */
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest'
import type { Fault } from '../../scripts/faults/fault.ts'
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

const named = (list: readonly Fault[]) =>
  list.map((fault) => [`${fault.id} ${fault.name}: ${fault.promise}`, fault] as const)

describe('whatever is done to the gateway', () => {
  test.each(named(faults))('%s', { timeout: longestMs }, (_, fault) => judged(fault))
})

/** A full disk; the other faults of the database with `npm run faults -- --driver node:sqlite`. */
const ofDatabase = ['F06']

describe('with the database of Node itself', () => {
  beforeAll(() => void vi.stubEnv('STORE_DRIVER', 'node:sqlite'))
  afterAll(() => void vi.unstubAllEnvs())

  test.each(named(faults.filter(({ id }) => ofDatabase.includes(id))))('%s', { timeout: longestMs }, (_, fault) =>
    judged(fault),
  )
})
