/** What becomes of mutants, in figures and in words; and what is no ground to stand on. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { allCases, suite } from './cases/index.ts'
import { main } from './commands/main.ts'
import { mutants } from './mutants/catalogue/index.ts'
import { killersOf } from './mutants/judge.ts'
import { scoreOf, toMatrixJson, toMatrixMarkdown, toScoreLine } from './mutants/matrix.ts'
import { named, withDependents } from './mutants/mutant.ts'
import type { Outcome } from './mutants/outcome.ts'
import { oneOfEachShape, threeOperations } from './mutants/three-operations.ts'
import { claims } from './profile.ts'
import { BadReference, type SelfTest, selfTest } from './self-test.ts'
import type { Target } from './target.ts'

const outcome = (change: Partial<Outcome>): Outcome => ({
  id: 'order/late',
  family: 'behaviour',
  fault: 'is late',
  fate: 'killed',
  problems: [],
  seenBy: [{ id: 'getChat/200/-/stored-chat', verdict: 'fail', reason: 'it is late' }],
  ran: 1,
  durationMs: 1,
  ...change,
})

const result = (...outcomes: Outcome[]): SelfTest => ({
  format: 1,
  cases: 2,
  full: true,
  durationMs: 2_000,
  outcomes,
  idle: ['getChat/200/-/idle'],
  outOfSight: ['neighbours/another-chat'],
})

const right = outcome({ id: 'equivalent/other', family: 'equivalent', fate: 'equivalent', seenBy: [] })

test('a score counts wrong servers and right ones apart', () => {
  const survived = outcome({ id: 'order/early', fate: 'survived', problems: ['a case is pass'], seenBy: [] })
  expect(scoreOf(result(outcome({}), right))).toEqual({
    mutants: 1,
    killed: 1,
    equivalents: 1,
    spared: 1,
    perfect: true,
  })
  expect(scoreOf(result(outcome({}), survived))).toMatchObject({ mutants: 2, killed: 1, perfect: false })
  expect(scoreOf(result({ ...right, fate: 'imprecise' }))).toMatchObject({ spared: 0, perfect: false })
  expect(toScoreLine(result(outcome({}), survived, right))).toBe(
    '1 of 2 wrong servers seen for what they are, 1 of 1 right ones spared, in 2 s',
  )
})

test('the matrix says which case saw which mutant, and which cases stand alone', () => {
  const whole = result(outcome({}), outcome({ id: 'order/early', fate: 'survived', problems: ['it | passed'] }), right)
  const { matrix, score, idle } = JSON.parse(toMatrixJson(whole))
  expect(matrix['order/late']).toEqual({ 'getChat/200/-/stored-chat': 'it is late' })
  expect([score.killed, idle]).toEqual([1, ['getChat/200/-/idle']])
  const text = toMatrixMarkdown(whole)
  expect(text).toContain('| order/late | is late | killed | getChat/200/-/stored-chat |')
  expect(text).toContain('**survived**: it \\| passed')
  expect(text).toContain('| getChat/200/-/stored-chat | order/late, order/early |')
  expect(text).toContain('- getChat/200/-/idle')
  expect(text).toContain('- neighbours/another-chat')
})

const standing = (id: string, ...control: string[]) => ({ id, control })

test('cases are named by patterns, and a pattern that names none is a mistake', () => {
  const cases = ['a/200/-/one', 'a/400|422/x/two', 'b/200/-/one'].map((id) => standing(id))
  expect([...named(['*/200/-/one'], cases)]).toEqual(['a/200/-/one', 'b/200/-/one'])
  expect([...named(['a/400|422/*'], cases)]).toEqual(['a/400|422/x/two'])
  expect(() => named(['a/200/-/on'], cases)).toThrow('no case is named a/200/-/on')
})

test('what stands on a case, and on that in turn, falls with it', () => {
  const cases = [standing('a'), standing('b', 'a'), standing('c', 'b', 'd'), standing('d')]
  expect([...withDependents(new Set(['a']), cases)].sort()).toEqual(['a', 'b', 'c'])
})

test('a wrong server is killed by the cases that apply, and one that none of them is named for is left out', () => {
  const killers = mutants.map((one) => [one, killersOf(one, allCases)] as const)
  const ofOne = allCases.filter(({ operationId }) => operationId === 'setChatPresence')
  const [seen, unseen] = [true, false].map((is) => killers.filter(([one]) => killersOf(one, ofOne).length > 0 === is))
  expect(seen?.length).toBeGreaterThan(50)
  for (const [one] of seen ?? [])
    expect(new Set(killersOf(one, ofOne).map(({ operationId }) => operationId))).toEqual(new Set(['setChatPresence']))
  for (const [, all] of unseen ?? []) expect(all.map(({ operationId }) => operationId)).not.toContain('setChatPresence')
})

test('most wrong servers are in sight of three operations', () => {
  const isClaimed = (what: string) => what === 'gateway' || claims(suite, { profile: threeOperations }, what)
  const cases = allCases.filter(({ operationId, features }) => [operationId, ...features].every(isClaimed))
  expect([...new Set(cases.map(({ operationId }) => operationId))].sort()).toEqual([
    'gateway',
    'listChatMessages',
    'readChat',
    'setChatPresence',
  ])
  expect(mutants.filter((one) => killersOf(one, cases).length > 0).length).toBeGreaterThan(300)
})

test('of the wrong servers that break promises of one shape one is tried', () => {
  const one = oneOfEachShape(mutants, { cases: allCases })
  expect(one.length).toBeGreaterThan(100)
  expect(one.length).toBeLessThan(mutants.length / 2)
  const shapes = (list: typeof mutants) =>
    new Set(
      list.map((mutant) =>
        killersOf(mutant, allCases)
          .map(({ id, trait }) => trait?.shape ?? id)
          .join(),
      ),
    )
  expect(shapes(one)).toEqual(shapes(mutants))
})

test('a server that is not conformant is no ground to stand on', async () => {
  const server = createServer((_request, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target: Target = {
    target: { name: 'tiny', version: '0', kind: 'server' },
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    contract: { version: '1.0' },
    tokens: { full: 'wa_full' },
    fixtures: {},
  }
  const folder = await mkdtemp(join(tmpdir(), 'self-test-'))
  try {
    await expect(selfTest(target)).rejects.toBeInstanceOf(BadReference)
    const file = join(folder, 'target.json')
    await writeFile(file, JSON.stringify(target))
    const { code, complaint } = await command('self-test', '--target', file)
    expect([code, complaint]).toEqual([
      2,
      expect.stringContaining('the server that the mutants are made from is not conformant'),
    ])
  } finally {
    await rm(folder, { recursive: true })
    server.closeAllConnections()
    server.close()
  }
})

test.for([
  ['without a target', [], '--target FILE is needed'],
  ['with too many lanes', ['--target', 'a.json', '--lanes', '9'], '--lanes takes a whole number from 1 to 4'],
] as const)('the command says what is wrong %s', async ([, args, words]) => {
  const { code, complaint } = await command('self-test', ...args)
  expect([code, complaint]).toEqual([3, expect.stringContaining(words)])
})

/** Runs the command line in this process. */
const command = async (...args: string[]) => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  try {
    const code = await main(args, {})
    return { code, complaint: error.mock.calls.flat().join('\n') }
  } finally {
    error.mockRestore()
  }
}
