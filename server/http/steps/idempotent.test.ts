import { describe, expect, test } from 'vitest'
import type { Keep } from '../../operation.ts'
import { type KeptAnswer, type KeyOfCall, KeyTaken } from '../../ports/store/idempotency.ts'
import { createIdempotent, type KeyedCall } from './idempotent.ts'

const call: KeyedCall = {
  organizationId: 'org_1',
  operationId: 'createSession',
  key: 'order-17',
  asked: { a: 1, b: 2 },
}
const replay = { status: 201, body: '{"n":1}', headers: { 'Idempotency-Replayed': 'true' } }

/** A store with room for whatever is kept, and work that counts how often it is done. */
const bench = () => {
  const kept = new Map<string, KeptAnswer>()
  const nameOf = ({ organizationId, sessionId, operationId, key }: KeyOfCall) =>
    [organizationId, sessionId, operationId, key].join(' ')
  const commit = (answer: KeptAnswer) => {
    if (kept.has(nameOf(answer))) throw new KeyTaken()
    kept.set(nameOf(answer), answer)
  }
  const idempotent = createIdempotent({
    store: { findKeptAnswer: async (of) => kept.get(nameOf(of)) },
    clock: () => 1_000,
  })
  let done = 0
  const work = async (keep: Keep) => {
    done += 1
    const answer = { status: 201, body: { n: done } }
    commit(keep(answer))
    return answer
  }
  return { idempotent, commit, work, done: () => done }
}

test('the same call under the same key is done once', async () => {
  const { idempotent, work, done } = bench()
  expect(await idempotent.once(call, work)).toEqual({ status: 201, body: { n: 1 } })
  expect(await idempotent.once(call, work)).toEqual(replay)
  expect(await idempotent.once({ ...call, asked: { b: 2, a: 1 } }, work)).toEqual(replay)
  expect(done()).toBe(1)
})

test.each<Partial<KeyedCall>>([
  { key: 'order-18' },
  { organizationId: 'org_2' },
  { sessionId: 'sess_1' },
  { operationId: 'createWebhook' },
])('another key, organization, session or operation is another call: %j', async (other) => {
  const { idempotent, work, done } = bench()
  await idempotent.once(call, work)
  expect(await idempotent.once({ ...call, ...other }, work)).toEqual({ status: 201, body: { n: 2 } })
  expect(done()).toBe(2)
})

describe('a key that stands for another call', () => {
  const refusal = { status: 422, details: { errors: [{ path: '/header/Idempotency-Key' }] } }

  test.each([{ a: 1 }, { a: 1, b: 3 }, { a: 1, b: '2' }, [1, 2], 'text'])('is refused: %j', async (asked) => {
    const { idempotent, work, done } = bench()
    await idempotent.once(call, work)
    await expect(idempotent.once({ ...call, asked }, work)).rejects.toMatchObject(refusal)
    expect(done()).toBe(1)
  })

  test('is refused while that call is under way', async () => {
    const { idempotent, work } = bench()
    const first = idempotent.once(call, work)
    await expect(idempotent.once({ ...call, asked: {} }, work)).rejects.toMatchObject(refusal)
    await first
  })
})

test('a call that is under way is waited for', async () => {
  const { idempotent, work, done } = bench()
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = idempotent.once(call, async (keep) => {
    await promise
    return work(keep)
  })
  const others = [idempotent.once(call, work), idempotent.once(call, work)]
  resolve()
  expect(await first).toEqual({ status: 201, body: { n: 1 } })
  expect(await Promise.all(others)).toEqual([replay, replay])
  expect(done()).toBe(1)
})

test('a call without effect leaves its key to the next one', async () => {
  const { idempotent, work, done } = bench()
  const failing = idempotent.once(call, async () => {
    throw new Error('refused')
  })
  const next = idempotent.once(call, work)
  await expect(failing).rejects.toThrow('refused')
  expect(await next).toEqual({ status: 201, body: { n: 1 } })
  expect(done()).toBe(1)
})

test('what failed after it took effect is answered from what was kept', async () => {
  const { idempotent, work, commit } = bench()
  const failing = idempotent.once(call, async (keep) => {
    commit(keep({ status: 201, body: { n: 1 } }))
    throw new Error('something after the commit')
  })
  await expect(failing).rejects.toThrow('after the commit')
  expect(await idempotent.once(call, work)).toEqual(replay)
})

describe('when another process commits first', () => {
  test('the call has no effect, and gets the answer of the first', async () => {
    const { idempotent, commit, work } = bench()
    const answered = idempotent.once(call, (keep) => {
      commit(keep({ status: 201, body: { n: 1 } }))
      return work(keep)
    })
    expect(await answered).toEqual(replay)
  })

  test('a call that asks for something else is refused', async () => {
    const { idempotent, commit, work } = bench()
    const answered = idempotent.once(call, (keep) => {
      commit({ ...keep({ status: 201, body: {} }), fingerprint: Buffer.alloc(32) })
      return work(keep)
    })
    await expect(answered).rejects.toMatchObject({ status: 422 })
  })
})
