/** The suite against the contract's own mock, as far as a server without memory can hold it. */
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { readTarget } from '../../conformance/index.ts'
import { registerConformance } from '../../conformance/vitest.ts'
import { type Mock, startMock } from '../../scripts/mock/server.ts'

const file = join(import.meta.dirname, '../../conformance/targets/mock.yaml')

let mock: Mock | undefined

registerConformance(async () => {
  mock = await startMock({ port: 0 })
  const { target, baseline } = await readTarget(file, {})
  return { target: { ...target, baseUrl: mock.url }, baseline }
})

afterAll(() => mock?.close())
