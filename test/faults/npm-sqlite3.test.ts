/** A full disk; the other faults of the database with `npm run faults -- --driver node:sqlite`. */
import { afterAll, beforeAll, describe, vi } from 'vitest'
import { faults } from '../../scripts/faults/list.ts'
import { testQuickly } from './quick.ts'

describe('with the database of Node itself', () => {
  beforeAll(() => void vi.stubEnv('STORE_DRIVER', 'node:sqlite'))
  afterAll(() => void vi.unstubAllEnvs())

  testQuickly(faults.filter(({ id }) => id === 'F06'))
})
