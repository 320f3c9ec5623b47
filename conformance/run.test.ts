/** A run of cases: order, filters, known failures, requests without an answer. */
import { describe, expect, test } from 'vitest'
import { verdictSentence } from './report/words.ts'
import type { Row } from './table.ts'
import { createRun, failing, list, listen, passing, right, table, targetAt, verdictsOf } from './test-runs.ts'

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
