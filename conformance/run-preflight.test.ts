/** What a run asks before its cases: the target file may be wrong, and the server may lack operations. */
import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { operation } from './parley.ts'
import { cases, type Row } from './table.ts'
import { createRun, listen, passing, right, table, targetAt } from './test-runs.ts'

describe('the target file is wrong about', () => {
  test('a token: what needs it is blocked, and the rest is not', async () => {
    const needy: Row = { ...passing, id: '200/-/needy', needs: ['tokens.sendOnly'] }
    const { records, preflight, footer } = await createRun(
      targetAt(await listen(right)),
      table(passing, needy),
    ).finish()
    expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'blocked'])
    expect(records[1]?.reason).toBe('tokens.sendOnly: is refused with 401')
    expect(preflight).toContainEqual({ key: 'tokens.sendOnly', problem: 'is refused with 401' })
    expect(footer.exitCode).toBe(1)
  })

  /** Asks for the token where it has something, and has no session. */
  const empty: RequestListener = (request, response) => {
    const isRead = /\/api\/v1\/sessions(\/[^/]+(\/me)?)?$/.test(request.url ?? '')
    if (request.url === '/api/v1/sessions' || (isRead && request.headers.authorization === undefined))
      return right(request, response)
    response
      .writeHead(404, { 'X-Request-Id': 'r', 'Content-Type': 'application/json' })
      .end('{"error":{"code":"not_found","message":"no"}}')
  }

  test('a session: every way to read it answers 404', async () => {
    const { preflight } = await createRun(
      targetAt(await listen(empty)),
      table({ ...passing, needs: ['fixtures.liveSession'] }),
    ).finish()
    expect(preflight).toContainEqual({ key: 'fixtures.liveSession', problem: 'getSession and sessionMe answer 404' })
  })
})

describe('an operation that the server does not have is no mistake of the target file', () => {
  const needy: Row = { ...passing, id: '200/-/needy', needs: ['fixtures.liveSession', 'fixtures.chat'] }
  const none: RequestListener = (_request, response) => {
    response
      .writeHead(404, { 'X-Request-Id': 'r', 'Content-Type': 'application/json' })
      .end('{"error":{"code":"not_found","message":"no"}}')
  }

  test.for<[string, RequestListener]>([
    ['says so to everybody', none],
    [
      'asks for the token first',
      (request, response) => (request.headers.authorization ? none : right)(request, response),
    ],
  ])('on a server that %s', async ([, missing]) => {
    const url = await listen((request, response) =>
      (request.url === '/api/v1/sessions' ? right : missing)(request, response),
    )
    const { preflight, records } = await createRun(targetAt(url), table(needy)).finish()
    expect(preflight.filter(({ key }) => key.startsWith('fixtures.'))).toEqual([])
    expect(records.map(({ verdict }) => verdict)).toEqual(['pass'])
  })

  test('a case that takes it is blocked, one that stands on it is not, and its own fails', async () => {
    const url = await listen((request, response) =>
      (request.url === '/api/v1/sessions' ? right : none)(request, response),
    )
    const asking: Row = {
      ...passing,
      run: async (context) => {
        const path = { session: context.get('fixtures.liveSession') }
        await context.send({ operationId: 'getSession', path }, { status: 200 })
      },
      needs: ['fixtures.liveSession'],
    }
    const standing: Row = { ...passing, id: '200/-/standing', control: ['getSession/200/-/own'] }
    const others = table({ ...asking, id: '200/-/other' }, standing)
    const own = cases(operation({ operationId: 'getSession' }), {}, [{ ...asking, id: '200/-/own' }])
    const { records } = await createRun(targetAt(url), [...others, ...own]).finish()
    expect(records.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['blocked', 'it takes getSession, which the server does not have'],
      ['pass', ''],
      ['fail', 'answered 404 instead of 200'],
    ])
  })

  test('not even the one that is asked first', async () => {
    const presence: RequestListener = (request, response) => {
      if (!request.url?.endsWith('/presence')) return none(request, response)
      if (request.headers.authorization === undefined) return right(request, response)
      response.writeHead(204, { 'X-Request-Id': 'r' }).end()
    }
    const { preflight } = await createRun(targetAt(await listen(presence)), table(passing)).finish()
    expect(preflight).toEqual([])
  })
})
