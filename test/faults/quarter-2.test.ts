import { describe } from 'vitest'
import { faults } from '../../scripts/faults/list.ts'
import { testQuickly } from './quick.ts'

describe('whatever is done to the gateway, second quarter', () => {
  testQuickly(faults.filter((_, index) => index % 4 === 1))
})
