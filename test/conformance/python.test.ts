/** The suite against a server in another language, which shares no line with ours: it must judge the contract, and nothing else. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { suite } from '../../conformance/cases/index.ts'
import { type Result, readTarget, runConformance, toText } from '../../conformance/index.ts'
import { operationIds } from '../../conformance/parley.ts'
import { claims } from '../../conformance/profile.ts'

const folder = join(import.meta.dirname, '../../conformance/examples/python')

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** @returns base URL @throws when there is no python3, or it ends */
const startServer = async (...args: string[]): Promise<string> => {
  const child = spawn('python3', [join(folder, 'server.py'), '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`python3 is needed for this test: ${error.message}`)))
    child.once('exit', (code) => reject(new Error(`server.py ended with ${code}: ${output}`)))
    const read = (text: Buffer) => {
      output += text
      const url = /API (\S+)\n/.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    ends.push(async () => {
      const ended = once(child, 'exit')
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended
    })
  })
}

const judge = async (...args: string[]): Promise<Result> => {
  const baseUrl = await startServer(...args)
  const { target } = await readTarget(join(folder, 'target.yaml'), {})
  const url = new URL('/fixtures', baseUrl).href
  return runConformance({ ...target, baseUrl, fixtures: { ...target.fixtures, url } })
}

test('it is conformant in all that it claims, and the rest is said not to be claimed', async () => {
  const { records, footer, profile } = await judge()
  const red = records.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'na')
  expect(red.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([])
  expect(footer).toMatchObject({ outcome: 'conformant', exitCode: 0, conformance: 1, coverage: 1 })

  const claimed = operationIds.filter((id) => claims(suite, { profile }, id))
  expect(claimed).toEqual(['listChats', 'getChat', 'listChatMessages', 'readChat', 'setChatPresence'])
  const passed = new Set(records.filter(({ verdict }) => verdict === 'pass').map(({ operationId }) => operationId))
  expect([...passed].sort()).toEqual([...claimed, 'gateway'].sort())
  const silent = records.filter(
    ({ verdict, reason }) => verdict === 'na' && !/profile\.\w+ is not claimed/.test(reason),
  )
  expect(silent).toEqual([])
})

test('one fault is named with its operation, its clause and its exchange', async () => {
  const result = await judge('--bug', 'foreign-served')
  const failed = result.records.filter(({ verdict }) => verdict === 'fail')
  const ids = ['listChats', 'getChat', 'listChatMessages', 'readChat', 'setChatPresence']
  expect(failed.map(({ id }) => id)).toEqual(ids.map((id) => `${id}/404/not_found/session-foreign`))
  expect(result.footer).toMatchObject({ outcome: 'not conformant', exitCode: 1 })

  const [first] = failed
  expect(first).toMatchObject({
    reason: 'answered 200 instead of 404',
    clause: '/paths/~1sessions~1{session}~1chats/get/responses/404',
  })
  expect(first?.exchanges.at(-1)).toMatchObject({
    operationId: 'listChats',
    caller: 'tokens.full',
    request: { method: 'GET', target: '/sessions/sess_00000000000000000000000003/chats' },
    answer: { status: 200 },
  })
  const words = toText(result)
  for (const part of [
    'listChats/404/not_found/session-foreign',
    'GET /sessions/{session}/chats',
    first?.clause,
    'curl -i',
  ])
    expect(words).toContain(part)
})
