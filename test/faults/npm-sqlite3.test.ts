/** A full disk; the other faults of the database with `npm run faults -- --driver sqlite3`. */
import { afterAll, beforeAll, describe, vi } from 'vitest'
import { faults } from '../../scripts/faults/list.ts'
import { testQuickly } from './quick.ts'

describe('with npm sqlite3', () => {
  beforeAll(() => void vi.stubEnv('STORE_DRIVER', 'sqlite3'))
  afterAll(() => void vi.unstubAllEnvs())

  testQuickly(faults.filter(({ id }) => id === 'F06'))
})
