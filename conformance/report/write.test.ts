/** A server that says everything it is told back, a run against it, and every report of that: no token is in any of them. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runConformance } from '../index.ts'
import { tokenNames } from '../target.ts'
import { parseResult } from './json.ts'
import { reports, writeReports } from './write.ts'

const tokens = Object.fromEntries(tokenNames.map((name) => [name, `wa_CANARY+/${name}"\\='tail`]))

let folder = ''
/** Lists no sessions to the tokens that it knows; whatever it is asked, it says back. */
const echo = createServer(({ method, url, headers }, response) => {
  const credential = headers.authorization ?? headers['x-api-key'] ?? ''
  const admitted = Object.values(tokens).some((token) => credential === token || credential === `Bearer ${token}`)
  const lists = admitted && method === 'GET' && url === '/api/v1/sessions'
  response.writeHead(lists ? 200 : 401, {
    'X-Request-Id': 'r',
    'Content-Type': 'application/json',
    'X-Echo': credential,
    'Set-Cookie': `token=${credential}`,
    'WWW-Authenticate': `Bearer realm=${credential}`,
  })
  const said = { [`heard ${credential}`]: [url, headers] }
  response.end(
    JSON.stringify(
      lists ? { data: [], nextCursor: null, ...said } : { error: { code: credential, message: 'no', ...said } },
    ),
  )
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reports-'))
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  echo.closeAllConnections()
  echo.close()
  await rm(folder, { recursive: true })
})

test('no report holds a token, whole, altered, encoded or quoted', async () => {
  const result = await runConformance(
    {
      target: { name: 'echo', version: '1', kind: 'server' },
      baseUrl: `http://127.0.0.1:${(echo.address() as AddressInfo).port}/api/v1`,
      contract: { version: '1.0' },
      tokens,
      fixtures: {},
    },
    { filter: 'listSessions' },
  )
  const callers = new Set(result.records.flatMap(({ exchanges }) => exchanges.map(({ caller }) => caller)))
  for (const way of ['', ' (x-api-key)', ' (altered)', ' (altered-x-api-key)', ' (basic)', ' (garbage)'])
    expect(callers).toContain(`tokens.full${way}`)
  expect(result.footer.counts.fail).toBeGreaterThan(5)
  await writeReports(join(folder, 'new', 'out'), result)
  const names = await readdir(join(folder, 'new', 'out'))
  expect(names.toSorted()).toEqual(Object.keys(reports).toSorted())
  for (const name of names) {
    const text = await readFile(join(folder, 'new', 'out', name), 'utf8')
    // Base64 of what every token begins with, for tokens also travel as a password.
    expect(text, name).not.toMatch(/CANARY|d2FfQ0FOQVJZ/)
  }
  expect(parseResult(await readFile(join(folder, 'new', 'out', 'result.json'), 'utf8')).target.name).toBe('echo')
})
