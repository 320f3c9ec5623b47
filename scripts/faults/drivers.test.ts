import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { other, runWithDrivers } from './drivers.ts'
import type { Fault } from './fault.ts'
import type { Outcome } from './run.ts'

const options = { seed: 1, quick: true, say: () => {} }
let drivers: (string | undefined)[]

beforeEach(() => {
  drivers = []
  vi.stubEnv('STORE_DRIVER', undefined)
})
afterEach(() => vi.unstubAllEnvs())

/** Of one check, which does not hold with the other driver. */
const run = async (fault: Fault): Promise<Outcome> => {
  const { STORE_DRIVER: driver } = process.env
  drivers.push(driver)
  return { fault, seconds: 1, figures: [], control: [], checks: 1, broken: driver === other ? ['it holds'] : [] }
}
const fault = (id: string): Fault => ({ id, name: '', injection: '', promise: '', run: async () => {} })

test('a fault of the database is injected with both drivers, and must hold with both', async () => {
  const outcome = await runWithDrivers(run, fault('F06'), options)
  expect(drivers).toEqual([undefined, other])
  expect(outcome).toMatchObject({ seconds: 2, checks: 2, broken: [`with ${other}: it holds`] })
  expect(process.env.STORE_DRIVER).toBeUndefined()
})

test('any other fault, or with a driver that was chosen, once', async () => {
  await runWithDrivers(run, fault('F01'), options)
  vi.stubEnv('STORE_DRIVER', 'chosen')
  await runWithDrivers(run, fault('F06'), options)
  expect(drivers).toEqual([undefined, 'chosen'])
})
