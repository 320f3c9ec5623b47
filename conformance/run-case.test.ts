/** One case, against tiny servers that are right and wrong. */
import { describe, expect, test } from 'vitest'
import { Failure, UsedUp } from './case.ts'
import type { Row } from './table.ts'
import { createRun, list, listen, passing, right, table, targetAt, verdictsOf } from './test-runs.ts'

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
