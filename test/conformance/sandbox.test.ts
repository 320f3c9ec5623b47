/**
 * Every case of the suite against the gateway, each as a test, one after the other; then those that stand for all once more, in
 * another order and company. A second judge validates the JSON answers.
 */
import { afterAll, expect } from 'vitest'
import { allCases, suite } from '../../conformance/cases/index.ts'
import { representatives } from '../../conformance/mutants/representatives.ts'
import { createRun } from '../../conformance/run.ts'
import { registerConformance } from '../../conformance/vitest.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { accepts, schemaOf, spoiled } from '../foreign/second-judge.ts'

let sandbox: Sandbox | undefined
/** By schema and body: most refusals are the same for each case. */
const answers = new Map<string, { at: string; schema: string; body: unknown }>()

registerConformance(async () => {
  sandbox = await startSandbox()
  return {
    target: sandbox.target,
    closed: true,
    onAnswer: (call, answer) => {
      const schema = schemaOf(call, answer)
      const at = `${call.operationId} ${answer.status}`
      const { body } = answer
      if (schema !== undefined) answers.set(`${schema} ${JSON.stringify(body)}`, { at, schema, body })
    },
  }
})

afterAll(() => sandbox?.close())

// Hooks, because tests run in any order, and these need the answers of all others, or a server on which all cases have run.
afterAll(async () => {
  if (sandbox === undefined) return
  const { target } = sandbox
  const run = createRun(suite, { ...target, limits: { ...target.limits, concurrency: 16, timeoutMs: 20_000 } })
  const records = await Promise.all(representatives(allCases).map(run.record)).finally(run.close)
  const others = records
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ id, verdict, reason }) => [id, verdict, reason])
  expect(others, 'verdicts of a second run, sixteen cases at once, in the order of the document').toEqual([])
}, 300_000)

afterAll(async () => {
  const refused = new Set<string>()
  for (const { at, schema, body } of answers.values()) if (!(await accepts(schema, body))) refused.add(at)
  expect([...refused], 'answers that the second judge refuses').toEqual([])

  const overlooked = new Set<string>()
  const first = new Map([...answers.values()].map((answer) => [answer.at, answer]))
  for (const { at, schema, body } of first.values())
    for (const fault of spoiled(body)) if (await accepts(schema, fault.value)) overlooked.add(`${at} ${fault.at}`)
  expect([...overlooked], 'spoiled answers that the second judge accepts').toEqual([])
})
