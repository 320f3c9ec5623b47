/** The engine, against tiny servers that are right, wrong, slow and gone. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Case, type Context, Failure, UsedUp } from './case.ts'
import { allCases, suite } from './cases/index.ts'
import { operation } from './parley.ts'
import { verdictSentence } from './report/words.ts'
import { verdicts } from './result.ts'
import { type RunOptions, createRun as runOf } from './run.ts'
import { cases, type Row } from './table.ts'
import type { Target } from './target.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const listen = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
}

const createRun = (target: Target, list: readonly Case[], options?: RunOptions) =>
  runOf({ ...suite, cases: list }, target, options)

const targetAt = (baseUrl: string, more: Partial<Target> = {}): Target => ({
  target: { name: 'tiny', version: '0', kind: 'server' },
  baseUrl,
  contract: { version: '1.0' },
  tokens: { full: 'wa_full', readOnly: 'wa_read', sendOnly: 'wa_send', manageOnly: 'wa_manage', otherOrg: 'wa_other' },
  fixtures: {
    liveSession: 'sess_live',
    unknownSession: 'sess_unknown',
    chat: { id: '628111111111@s.whatsapp.net', messageIds: ['a', 'b', 'c', 'd', 'e'], unread: 0 },
    unknownChat: '628999999999@s.whatsapp.net',
  },
  limits: { timeoutMs: 10_000, concurrency: 4 },
  ...more,
})

/** Knows one token and one list; says so in the contract's words. */
const right: RequestListener = (request, response) => {
  const known = ['Bearer wa_full', 'Bearer wa_read'].includes(request.headers.authorization ?? '')
  const [status, body] = known
    ? [200, { data: [], nextCursor: null }]
    : [401, { error: { code: 'unauthorized', message: 'who are you?' } }]
  response.writeHead(status, { 'X-Request-Id': 'r', 'Content-Type': 'application/json', 'WWW-Authenticate': 'Bearer' })
  response.end(JSON.stringify(body))
}

const list = (context: Context) => context.send({ operationId: 'listSessions' }, { status: 200 })
const passing: Row = { id: '200/-/list', promise: 'lists', run: async (context) => void (await list(context)) }
const failing: Row = {
  ...passing,
  id: '200/-/failing',
  checks: ['no'],
  run: async (context) => context.check('no', false, 'no'),
}
const lists = operation({ operationId: 'listSessions' })
const table = (...rows: Row[]): Case[] => cases(lists, {}, rows)

const verdictsOf = async (target: Target, list: readonly Case[], options: RunOptions = {}) => {
  const { records } = await createRun(target, list, options).finish()
  return Object.fromEntries(records.map(({ id, verdict }) => [id.split('/').at(-1), verdict]))
}

describe('one case', () => {
  test('that holds passes, and leaves its exchange as evidence', async () => {
    const result = await createRun(targetAt(await listen(right)), table(passing)).finish()
    const [record] = result.records
    expect(record).toMatchObject({ verdict: 'pass', reason: '', steered: false })
    expect(record?.exchanges).toMatchObject([
      { operationId: 'listSessions', caller: 'tokens.full', answer: { status: 200 } },
    ])
    expect(result.footer).toMatchObject({ cases: 1, conformance: 1, coverage: 1, outcome: 'conformant', exitCode: 0 })
  })

  test('that breaks a MUST fails; that breaks a SHOULD warns', async () => {
    const wants = (level: 'MUST' | 'SHOULD', variant: string): Row => ({
      id: `200/-/${variant}`,
      level,
      promise: 'has more',
      checks: ['more'],
      run: async (context) => context.check('more', (await list(context)).text.length > 1_000, 'it has no more'),
    })
    const target = targetAt(await listen(right))
    const all = table(passing, wants('MUST', 'must'), wants('SHOULD', 'should'))
    expect(await verdictsOf(target, all)).toEqual({ list: 'pass', must: 'fail', should: 'warn' })
    const warned = table(passing, wants('SHOULD', 'should'))
    expect((await createRun(target, warned).finish()).footer.exitCode).toBe(0)
    expect((await createRun(target, warned, { strict: true }).finish()).footer.exitCode).toBe(1)
  })

  test('says what was expected and what came', async () => {
    const wrong: Row = {
      id: '401/unauthorized/list',
      promise: 'refuses',
      run: async (context) =>
        void (await context.send({ operationId: 'listSessions' }, { status: 401, code: 'unauthorized' })),
    }
    const { records } = await createRun(targetAt(await listen(right)), table(wrong)).finish()
    expect(records[0]).toMatchObject({ reason: 'answered 200 instead of 401', problems: [{ check: 'status' }] })
  })

  test('is untestable without what it needs', async () => {
    const needy: Row = { ...passing, needs: ['fixtures.pairingPhone'] }
    const { records, footer } = await createRun(targetAt(await listen(right)), table(needy)).finish()
    expect(records[0]).toMatchObject({ verdict: 'untestable', reason: 'the target file has no fixtures.pairingPhone' })
    expect(footer.exitCode).toBe(1)
  })

  test('is run again on another chat when it finds its own used up, if the hook has one', async () => {
    const [used, fresh] = ['628111111111@s.whatsapp.net', '628222222222@s.whatsapp.net']
    const needy: Row = {
      ...passing,
      needs: ['fixtures.twinChat'],
      run: async (context) => {
        if (context.get('fixtures.twinChat').id === used) throw new UsedUp('fixtures.twinChat', 'nothing is unread')
        await list(context)
      },
    }
    const hook = await listen((_request, response) => response.end(JSON.stringify({ id: fresh })))
    const target = targetAt(await listen(right))
    const alone = { ...target, fixtures: { ...target.fixtures, twinChat: { id: used } } }
    const helped = { ...alone, fixtures: { ...alone.fixtures, url: hook } }
    expect(await verdictsOf(alone, table(needy))).toEqual({ list: 'untestable' })
    expect(await verdictsOf(helped, table(needy))).toEqual({ list: 'pass' })
  })

  test('is not for a target that does not claim it, or does not allow what it does', async () => {
    const url = await listen(right)
    expect(await verdictsOf(targetAt(url, { profile: { sessions: null } }), table(passing))).toEqual({ list: 'na' })
    const changing: Row = { ...passing, effects: ['send'] }
    expect(await verdictsOf(targetAt(url), table(changing))).toEqual({ list: 'na' })
  })

  test('is not for a target that does not claim an operation that it turns out to use', async () => {
    const target = targetAt(await listen(right), { profile: { getSession: false } })
    const using: Row = {
      ...passing,
      id: '200/-/using',
      needs: ['fixtures.liveSession'],
      run: async (context) => {
        const path = { session: context.get('fixtures.liveSession') }
        await context.send({ operationId: 'getSession', path }, { status: 200 })
      },
    }
    const { records, footer } = await createRun(target, table(passing, using)).finish()
    expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'na'])
    expect(records[1]?.reason).toBe('it takes getSession, and profile.getSession is not claimed')
    expect(footer).toMatchObject({ coverage: 1, exitCode: 0 })
  })

  test('is blocked when its control does not pass', async () => {
    const control: Row = {
      id: '200/-/control',
      promise: 'is there',
      run: async () => {
        throw new Failure([{ check: 'there', message: 'it is not' }])
      },
    }
    const standing: Row = { ...passing, control: ['listSessions/200/-/control'] }
    expect(await verdictsOf(targetAt(await listen(right)), table(standing, control))).toEqual({
      list: 'blocked',
      control: 'fail',
    })
  })

  test('is an error of the suite when it sends what the contract forbids without saying so', async () => {
    const careless: Row = {
      id: '200/-/careless',
      promise: 'takes it',
      run: async (context) =>
        void (await context.send({ operationId: 'listSessions', query: { page: 1 } }, { status: 200 })),
    }
    const { records, footer } = await createRun(targetAt(await listen(right)), table(careless)).finish()
    expect(records[0]).toMatchObject({ verdict: 'error', exchanges: [] })
    expect(records[0]?.reason).toContain('page is no parameter of listSessions')
    expect(footer.exitCode).toBe(2)
  })

  test('is an error of the suite when it does not look at what it declares', async () => {
    const forgetful: Row = { ...passing, checks: ['order'] }
    const { records } = await createRun(targetAt(await listen(right)), table(forgetful)).finish()
    expect(records[0]).toMatchObject({ verdict: 'error', reason: 'the case did not look at order' })
  })

  test('is not for a target that says that it has no hook, where only a hook helps', async () => {
    const waiting: Row = {
      ...passing,
      features: ['hook'],
      run: async (context) => {
        await context.happen('incomingMessage', {})
      },
    }
    const url = await listen(right)
    expect(await verdictsOf(targetAt(url), table(waiting))).toEqual({ list: 'untestable' })
    expect(await verdictsOf(targetAt(url, { profile: { hook: null } }), table(waiting))).toEqual({ list: 'na' })
    const { records } = await createRun(targetAt(url), table({ ...waiting, features: [] })).finish()
    expect(records[0]?.reason).toContain('asks the hook without the feature hook')
  })

  test('says what a target file lacks whose server is to call the suite', async () => {
    const url = await listen(right)
    const receiving: Row = {
      ...passing,
      features: ['receiver'],
      run: async (context) => void (await context.receive()),
    }
    const { records } = await createRun(targetAt(url), table(receiving)).finish()
    expect(records[0]?.verdict).toBe('untestable')
    expect(records[0]?.reason).toMatch(/no limits\.receiver.*receiver: null/)
    expect(await verdictsOf(targetAt(url, { profile: { receiver: null } }), table(receiving))).toEqual({ list: 'na' })
    const limits = { receiver: { host: '127.0.0.1', port: 0 } }
    expect(await verdictsOf(targetAt(url, { limits }), table(receiving))).toEqual({ list: 'pass' })
  })

  test('is an error of the suite when it uses what it does not need', async () => {
    const greedy: Row = { ...passing, run: async (context) => void context.get('fixtures.liveSession') }
    const { records } = await createRun(targetAt(await listen(right)), table(greedy)).finish()
    expect(records[0]?.reason).toContain('uses fixtures.liveSession without needing it')
  })
})

describe('a run', () => {
  test('runs each case once, however many stand on it', async () => {
    let runs = 0
    const base: Row = {
      ...passing,
      run: async (context) => {
        runs++
        await list(context)
      },
    }
    const standing = ['a', 'b', 'c'].map(
      (variant): Row => ({ ...passing, id: `200/-/${variant}`, control: ['listSessions/200/-/list'] }),
    )
    await createRun(targetAt(await listen(right)), table(...standing, base)).finish()
    expect(runs).toBe(1)
  })

  test('never runs two cases of one lane at once', async () => {
    let inside = 0
    let most = 0
    const alone = (variant: string): Row => ({
      ...passing,
      id: `200/-/${variant}`,
      lane: 'serial:list',
      run: async (context) => {
        most = Math.max(most, ++inside)
        await list(context)
        inside--
      },
    })
    await createRun(targetAt(await listen(right)), table(...['a', 'b', 'c', 'd'].map(alone))).finish()
    expect(most).toBe(1)
  })

  test('starts cases in an order that its seed decides', async () => {
    const url = await listen(right)
    const orderOf = async (seed: number) => {
      const order: string[] = []
      const rows = 'abcdefgh'
        .split('')
        .map((id): Row => ({ ...passing, id: `200/-/${id}`, run: async () => void order.push(id) }))
      await createRun(targetAt(url, { limits: { concurrency: 1 } }), table(...rows), { seed }).finish()
      return order.join('')
    }
    expect(await orderOf(7)).toBe(await orderOf(7))
    expect(new Set([await orderOf(1), await orderOf(2), await orderOf(3)]).size).toBeGreaterThan(1)
  })

  test('runs only what the filter leaves', async () => {
    const other: Row = { ...passing, id: '200/-/other' }
    expect(await verdictsOf(targetAt(await listen(right)), table(passing, other), { filter: 'other' })).toEqual({
      other: 'pass',
    })
  })

  test('stops at the first failure when told to bail', async () => {
    const rows = ['a', 'b', 'c'].map((variant): Row => ({ ...passing, id: `200/-/${variant}` }))
    const run = createRun(targetAt(await listen(right)), table(failing, ...rows), { bail: true })
    await Promise.all(run.cases.slice(0, 1).map(run.record))
    const { footer } = await run.finish()
    expect(footer).toMatchObject({ counts: { fail: 1, blocked: 3 }, exitCode: 1 })
  })

  test('accepts a known failure, and not a known failure that passes', async () => {
    const known = (id: string) => ({ baseline: [{ id: `listSessions/200/-/${id}`, reason: 'to be mended' }] })
    const target = targetAt(await listen(right))
    const accepted = await createRun(target, table(passing, failing), known('failing')).finish()
    expect(accepted.footer).toMatchObject({ exitCode: 0, counts: { fail: 1 }, conformance: 0.5 })
    const stale = await createRun(target, table(passing), known('list')).finish()
    expect(stale).toMatchObject({ stale: ['listSessions/200/-/list'], footer: { exitCode: 4 } })
    const any = (variant: string) => ({ baseline: [{ id: `*/200/-/${variant}`, reason: 'to be mended' }] })
    const ofAny = await createRun(target, table(passing, failing), any('failing')).finish()
    expect(ofAny).toMatchObject({ stale: [], footer: { exitCode: 0 } })
    const staleOfAny = await createRun(target, table(passing, failing), any('list')).finish()
    expect(staleOfAny.stale).toEqual(['*/200/-/list'])
  })

  test('asks a mock for the status that it expects, and counts such a pass for nothing', async () => {
    const asked: unknown[] = []
    const url = await listen((request, response) => {
      asked.push(request.headers.prefer)
      right(request, response)
    })
    const refusing: Row = {
      ...passing,
      id: '401/unauthorized/refusing',
      run: async (context) =>
        void (await context.send(
          { operationId: 'listSessions', caller: 'nobody' },
          { status: 401, code: 'unauthorized' },
        )),
    }
    const target = targetAt(url, { target: { name: 'mock', version: '0', kind: 'mock' } })
    const remembering: Row = { ...passing, id: '200/-/remembering', live: true }
    const { records, footer } = await createRun(target, table(passing, refusing, remembering)).finish()
    expect(asked).toContain('code=401')
    expect(records.map(({ verdict, steered }) => [verdict, steered])).toEqual([
      ['pass', false],
      ['pass', true],
      ['na', false],
    ])
    expect(footer).toMatchObject({ conformance: 1, counts: { pass: 2, steered: 1, na: 1 } })
  })
})

describe('a request without an answer', () => {
  /** Cuts these requests of the cases; what the suite asks before them is answered. */
  const cutting = async (isCut: (count: number) => boolean) => {
    let count = 0
    const url = await listen((request, response) => {
      const isOfCase = request.headers['user-agent']?.startsWith('parley-conformance') ?? false
      if (isOfCase && isCut(++count)) request.socket.destroy()
      else right(request, response)
    })
    return { url, asked: () => count }
  }
  /** A method that nobody may send again unasked. */
  const written: Row = {
    id: '200/-/written',
    promise: 'takes it',
    run: async (context) =>
      void (await context.send({ operationId: 'listSessions', method: 'POST', broken: true }, { status: 200 })),
  }

  test('has its case run again, once, and the record and the verdict say so', async () => {
    const { url, asked } = await cutting((count) => count === 1)
    const result = await createRun(targetAt(url), table(written)).finish()
    const [record] = result.records
    expect(record).toMatchObject({ verdict: 'pass', repeated: expect.stringContaining('the connection was cut') })
    expect(record?.exchanges.map(({ answer, fault }) => answer?.status ?? fault)).toEqual([record?.repeated, 200])
    expect(result.footer).toMatchObject({ outcome: 'conformant', exitCode: 0 })
    expect(verdictSentence(result)).toContain('1 case had to be run a second time, because a request had no answer.')
    expect(asked()).toBe(2)
  })

  test('twice leaves the case open, and the others are judged', async () => {
    const { url, asked } = await cutting((count) => count <= 2)
    const { records, footer } = await createRun(targetAt(url), table(written)).finish()
    expect(records[0]).toMatchObject({ verdict: 'error', reason: expect.stringContaining('the connection was cut') })
    expect([footer.outcome, asked()]).toEqual(['not measured', 2])
  })

  test('is forgotten where the case is wrong all the same', async () => {
    const { url } = await cutting((count) => count === 1)
    const strict: Row = {
      ...written,
      checks: ['no'],
      run: async (context) => {
        await written.run(context)
        context.check('no', false, 'no')
      },
    }
    const { records } = await createRun(targetAt(url), table(strict)).finish()
    expect(records[0]).toMatchObject({ verdict: 'fail', reason: 'no', repeated: expect.any(String) })
  })

  test('has nothing beside it the second time', async () => {
    const { url } = await cutting((count) => count === 1)
    let inside = 0
    const company: number[] = []
    const counting = (variant: string): Row => ({
      ...written,
      id: `200/-/${variant}`,
      run: async (context) => {
        company.push(++inside)
        await written.run(context).finally(() => inside--)
      },
    })
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map(counting)
    const { footer } = await createRun(targetAt(url), table(...rows)).finish()
    expect(footer.counts.pass).toBe(rows.length)
    expect(company).toHaveLength(rows.length + 1)
  })
})

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

describe('the whole suite', () => {
  const bodies: Record<number, string> = {
    200: '{"data":[],"nextCursor":null}',
    201: '{}',
    204: '',
    401: '{"error":{"code":"unauthorized","message":"no"}}',
    403: '{"error":{"code":"forbidden","message":"no"}}',
    404: '{"error":{"code":"not_found","message":"no"}}',
    409: '{"error":{"code":"conflict","message":"no"}}',
    422: '{"error":{"code":"validation_error","message":"no","details":{"errors":[{"path":"/body","message":"no","code":"other"}]}}}',
    501: '{"error":{"code":"not_implemented","message":"no"}}',
  }

  test.for(Object.keys(bodies).map(Number))('passes nothing on a server that always answers %i', async (status) => {
    const url = await listen((_request, response) => {
      response.writeHead(status, {
        'X-Request-Id': 'r',
        'WWW-Authenticate': 'Bearer',
        ...(status !== 204 && { 'Content-Type': 'application/json' }),
      })
      response.end(bodies[status])
    })
    const { footer } = await createRun(targetAt(url), allCases).finish()
    expect(footer.counts.pass).toBe(0)
    expect(footer.exitCode).toBe(1)
  })

  test('passes nothing on a server that always answers the same in other words', async () => {
    let count = 0
    const url = await listen((_request, response) => {
      const body = { error: { code: 'not_found', message: `request ${count++}` } }
      response.writeHead(404, { 'X-Request-Id': 'r', 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    })
    const { footer } = await createRun(targetAt(url), allCases).finish()
    expect(footer.counts).toMatchObject({ pass: 0, warn: 0 })
  })

  test('has one verdict for each case', async () => {
    const { records, footer } = await createRun(targetAt(await listen(right)), allCases).finish()
    expect(records.map(({ id }) => id)).toEqual(allCases.map(({ id }) => id))
    expect(verdicts.reduce((sum, verdict) => sum + footer.counts[verdict], 0)).toBe(allCases.length)
  })

  const unmeasured = async (url: string) => {
    const started = performance.now()
    const soon = { limits: { timeoutMs: 300, concurrency: 4 } }
    const { footer } = await createRun(targetAt(url, soon), allCases).finish()
    return { footer, seconds: (performance.now() - started) / 1_000 }
  }

  test('cannot measure a server that never answers, and soon says so', async () => {
    const { footer, seconds } = await unmeasured(await listen(() => undefined))
    expect(footer).toMatchObject({ exitCode: 2, outcome: 'not measured', conformance: null, coverage: null })
    expect(footer.counts).toMatchObject({ pass: 0, fail: 0 })
    expect(seconds).toBeLessThan(5)
  })

  test('cannot measure a port where nobody listens', async () => {
    const url = await listen(right)
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve))
    const { footer, seconds } = await unmeasured(url)
    expect(footer).toMatchObject({ exitCode: 2, counts: { pass: 0, fail: 0 } })
    expect(seconds).toBeLessThan(5)
  })

  test('cannot measure a server that hangs up, and asks it no more than a few times', async () => {
    let asked = 0
    const url = await listen((request) => {
      asked++
      request.socket.destroy()
    })
    const { footer } = await unmeasured(url)
    expect(footer).toMatchObject({ exitCode: 2, counts: { pass: 0, fail: 0 } })
    expect(asked).toBeLessThan(10)
  })

  test('cannot measure a server that dies in the middle', async () => {
    let asked = 0
    const url = await listen((request, response) => {
      if (asked++ > 20) request.socket.destroy()
      else right(request, response)
    })
    const { footer } = await unmeasured(url)
    expect(footer).toMatchObject({ exitCode: 2, conformance: null })
    expect(asked).toBeLessThan(60)
  })

  test('bears a server that sends a byte now and then, for as long as an exchange may take', async () => {
    const url = await listen((_request, response) => {
      response.writeHead(200, { 'X-Request-Id': 'r', 'Content-Type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 20)
      response.once('close', () => clearInterval(drip))
    })
    const { footer, seconds } = await unmeasured(url)
    expect(footer.exitCode).toBe(2)
    expect(seconds).toBeLessThan(5)
  })
})
