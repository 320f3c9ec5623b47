/** Every case of the suite against the gateway, each as a test of its own. */
import { afterAll } from 'vitest'
import { registerConformance } from '../../conformance/vitest.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'

let sandbox: Sandbox | undefined

registerConformance(async () => {
  sandbox = await startSandbox()
  return { target: sandbox.target, closed: true }
})

afterAll(() => sandbox?.close())
