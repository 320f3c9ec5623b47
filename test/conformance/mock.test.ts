/** The suite against the contract's own mock, as far as a server without memory can hold it. */
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { readTarget } from '../../conformance/index.ts'
import { registerConformance } from '../../conformance/vitest.ts'
import { type Prism, startPrism } from '../support/prism.ts'

const file = join(import.meta.dirname, '../../conformance/targets/mock.yaml')

let prism: Prism | undefined

registerConformance(async () => {
  prism = await startPrism()
  const { target, baseline } = await readTarget(file, {})
  return { target: { ...target, baseUrl: prism.url }, baseline }
})

afterAll(() => prism?.close())
