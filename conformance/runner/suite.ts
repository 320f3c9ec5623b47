/** What vitest runs: each case as a test of its own. Started by `start.ts`, which gets the result back. */
import { afterAll, beforeAll, inject, type RunnerTestFile, test } from 'vitest'
import { suite } from '../cases/index.ts'
import { createRun } from '../run.ts'

const { target, options } = inject('conformance')
const stopping = new AbortController()
const run = createRun(suite, target, {
  ...options,
  signal: stopping.signal,
  // Said at once: what is wrong there explains much of what follows.
  onPreflight: (findings) => {
    for (const { key, problem } of findings) console.error(`conformance: ${key} ${problem}`)
  },
})
let file: RunnerTestFile | undefined
let finished: ReturnType<typeof run.finish>

// The engine decides about order and company; the tests look on, each until its case has been judged.
beforeAll(() => {
  finished = run.finish()
  // An error is thrown again where it is awaited.
  finished.catch(() => undefined)
})

for (const one of run.cases)
  test(one.id, async ({ task, skip, signal }) => {
    file = task.file
    signal.addEventListener('abort', () => stopping.abort(), { once: true })
    const { verdict, reason } = await run.record(one)
    if (verdict === 'na') skip(reason)
    if (verdict !== 'pass' && verdict !== 'warn') throw new Error(`${verdict}: ${reason}`)
  })

afterAll(async () => {
  const result = await finished
  if (file !== undefined) file.meta.result = result
})
