/** Wrong servers: each must be seen by the cases that are named for it, for the stated reason, and by no others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allCases } from '../../conformance/cases/index.ts'
import { unprovable } from '../../conformance/contract.ts'
import { equivalents, mutants } from '../../conformance/mutants/catalogue/index.ts'
import { contractMutants } from '../../conformance/mutants/contract.ts'
import { degenerates } from '../../conformance/mutants/degenerate.ts'
import { answersWith, on, refuse } from '../../conformance/mutants/fault.ts'
import { judgeMutant } from '../../conformance/mutants/judge.ts'
import { isGood, scoreOf, toScoreLine } from '../../conformance/mutants/matrix.ts'
import { type Mutant, named } from '../../conformance/mutants/mutant.ts'
import type { Outcome } from '../../conformance/mutants/outcome.ts'
import { startRelay } from '../../conformance/mutants/relay.ts'
import { proofOf, representatives } from '../../conformance/mutants/representatives.ts'
import { operationIds, operations } from '../../conformance/parley.ts'
import { type SelfTest, selfTest } from '../../conformance/self-test.ts'
import { type SandboxProcess, startSandboxProcess } from '../support/sandbox-process.ts'

let sandbox: SandboxProcess | undefined
let result: SelfTest
let outcomes: Map<string, Outcome>

beforeAll(async () => {
  sandbox = await startSandboxProcess()
  result = await selfTest(sandbox.target)
  outcomes = new Map(result.outcomes.map((outcome) => [outcome.id, outcome]))
}, 900_000)

afterAll(() => sandbox?.close())

const fateOf = (id: string) => {
  const { fate, problems } = outcomes.get(id) ?? { fate: 'not run', problems: [] }
  return { fate, problems: problems.slice(0, 5) }
}

describe('is seen: a server that', () => {
  for (const { id, fault } of mutants)
    test(`${fault} (${id})`, () => expect(fateOf(id)).toEqual({ fate: 'killed', problems: [] }))
})

describe('passes nothing: a server that', () => {
  for (const { id, fault } of degenerates)
    test(`${fault} (${id})`, () => expect(fateOf(id)).toEqual({ fate: 'killed', problems: [] }))
})

describe('is spared: a server that', () => {
  for (const { id, does } of equivalents)
    test(`${does} (${id})`, () => expect(fateOf(id)).toEqual({ fate: 'equivalent', problems: [] }))
})

test('where three operations are claimed, one wrong server of each shape is seen for the same reason', () => {
  const narrow = result.outcomes.filter(({ family }) => family === 'three operations')
  expect(narrow.length).toBeGreaterThan(60)
  expect(narrow.filter((outcome) => !isGood(outcome)).map(({ id, problems }) => [id, ...problems.slice(0, 2)])).toEqual(
    [],
  )
})

test('three operations show what is wrong with them, but for what shows in another one alone', () => {
  // Another chat, the counter of what is unread, and other cursors: none of the three shows them.
  const known = /^(neighbours|no-effect|repeats|unread)\/|^lists\/cursor-of-other-list$|^messages\/quotes-nobody$/
  expect(result.outOfSight.filter((id) => !known.test(id))).toEqual([])
  expect(result.outOfSight.length).toBeLessThan(50)
})

test('what breaks the document in one place is seen, wherever that is', () => {
  const sampled = result.outcomes.filter(({ family }) => family === 'contract')
  expect(sampled.length).toBeGreaterThan(250)
  expect(
    sampled.filter((outcome) => !isGood(outcome)).map(({ id, problems }) => [id, ...problems.slice(0, 2)]),
  ).toEqual([])
})

test('the score is full', () => {
  console.log(toScoreLine(result))
  expect(scoreOf(result)).toMatchObject({ perfect: true })
})

describe('the self-test sees', () => {
  const one: Mutant = {
    id: 'trial',
    fault: 'answers 404 for every chat',
    killedBy: ['getChat/200/-/stored-chat'],
    because: 'answered 404 instead of 200',
    touches: ['getChat/200/*'],
    make: () =>
      on(
        'getChat',
        answersWith(200, () => refuse(404, 'not_found')),
      ),
  }

  /** Stands for those of all operations, and on no other case. */
  const elsewhere = representatives(allCases).find(({ id }) => id.endsWith('/method-patch'))
  /** Few, so that all of them are run. */
  const cases = allCases.filter((one) => one.operationId === 'getChat' || one === elsewhere)

  const judged = async (change: Partial<Mutant>, full = false) => {
    const relay = await startRelay(sandbox?.target ?? fail())
    try {
      const { fate, problems } = await judgeMutant(
        { ...one, ...change },
        { relay, reference: [], cases, recorded: [], full, preflight: true },
      )
      return { fate, problem: problems.join('; ') }
    } finally {
      await relay.close()
    }
  }
  const fail = (): never => {
    throw new Error('there is no sandbox')
  }

  test('a mutant that its case sees', async () => expect(await judged({})).toEqual({ fate: 'killed', problem: '' }))

  test('one that its case ignores', async () =>
    expect(await judged({ make: () => (asked, ask) => ask(asked) })).toEqual({
      fate: 'survived',
      problem: 'getChat/200/-/stored-chat is pass',
    }))

  test('one that its case sees for another reason', async () =>
    expect(await judged({ because: 'the body must be' })).toEqual({
      fate: 'wrong reason',
      problem: 'getChat/200/-/stored-chat says: answered 404 instead of 200',
    }))

  test('one that others see too', { timeout: 60_000 }, async () => {
    const more = answersWith(405, () => refuse(404, 'not_found'))
    const both: Mutant['make'] =
      (...given) =>
      (asked, ask) =>
        one.make(...given)(asked, async (same) => more(same, ask))
    const { fate, problem } = await judged({ make: both }, true)
    expect(fate).toBe('imprecise')
    expect(problem).toContain('method-patch is fail: answered 404 instead of 405')
  })

  test('one that breaks', async () =>
    expect(
      await judged({
        make: () =>
          on('getChat', () => {
            throw new Error('too much')
          }),
      }),
    ).toMatchObject({ fate: 'broken', problem: expect.stringContaining('too much') }))

  test('one that names no case', async () =>
    await expect(judged({ killedBy: ['getChat/200/-/forgotten'] })).rejects.toThrow(
      'no case is named getChat/200/-/forgotten',
    ))
})

test('each mutant is there once', () => {
  const ids = [...mutants, ...equivalents, ...degenerates, ...contractMutants].map(({ id }) => id)
  expect(ids).toHaveLength(new Set(ids).size)
})

test('each promise of each shape is named by a mutant that it has to see, and so is each MUST of an operation alone', () => {
  const isNamed = new Set(mutants.flatMap(({ killedBy }) => [...named(killedBy, allCases)]))
  const proven = new Set(allCases.filter(({ id }) => isNamed.has(id)).map(proofOf))
  const demanded = allCases.filter(({ trait, level }) => trait !== undefined || level === 'MUST')
  expect(demanded.filter((one) => !proven.has(proofOf(one))).map(({ id }) => id)).toEqual([])
})

test('at most two operations are tried for each promise of each shape, and every promise is', () => {
  const standing = representatives(allCases)
  const counts = Map.groupBy(standing, proofOf)
  expect([...counts].filter(([, group]) => group.length > 2)).toEqual([])
  expect(new Set(allCases.map(proofOf))).toEqual(new Set(counts.keys()))
})

test('the contract makes mutants of every documented answer that a server can be brought to give', () => {
  const made = new Set(contractMutants.map(({ operationId, status }) => `${operationId} ${status}`))
  const documented = operationIds.flatMap((id) => operations[id].statuses.map((status) => [id, status] as const))
  const missing = documented.filter(([id, status]) => !(status in unprovable) && !made.has(`${id} ${status}`))
  expect(missing).toEqual([])
  expect(contractMutants.length).toBeGreaterThan(3_000)
})
