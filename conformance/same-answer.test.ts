import { expect, test } from 'vitest'
import { readAnswer } from './oracle.ts'
import { differing, factsOf, toldApart } from './same-answer.ts'

const json = { 'content-type': 'application/json' }
const answer = (body: unknown, headers: Record<string, string> = {}, status = 404) =>
  readAnswer({ status, headers: { ...json, ...headers }, bytes: Buffer.from(JSON.stringify(body)) })

const call = (session: string) => ({ operationId: 'getSession' as const, path: { session } })

test('what the caller has named, and the id of the request, tell nothing', () => {
  const one = factsOf(
    answer({ error: { message: 'no a1 (req_0001)' } }, { 'x-request-id': 'req_0001', date: '1' }),
    call('a1'),
  )
  const other = factsOf(
    answer({ error: { message: 'no b22 (req_0002)' } }, { 'x-request-id': 'req_0002', date: '2' }),
    call('b22'),
  )
  expect(differing(one, other)).toEqual([])
})

test.for([
  ['another word', answer({ error: { message: 'not yours' } }), ['body/error/message']],
  ['a member more', answer({ error: { message: 'no', hint: 1 } }), ['body/error/hint']],
  ['a header more', answer({ error: { message: 'no' } }, { 'x-shard': '2' }), ['header x-shard']],
  ['another status', answer({ error: { message: 'no' } }, {}, 403), ['status']],
] as const)('%s does', ([, changed, where]) => {
  const plain = factsOf(answer({ error: { message: 'no' } }), call('a'))
  expect(differing(factsOf(changed, call('a')), plain)).toEqual(where)
})

test('the order of members does not', () => {
  const [one, other] = [answer({ a: 1, b: [{}] }), answer({ b: [{}], a: 1 })].map((each) => factsOf(each, call('a')))
  expect(differing(one ?? new Map(), other ?? new Map())).toEqual([])
})

test('what changes from one request to the next is not held against anybody', async () => {
  let count = 0
  const ask = async ({ path }: { path?: Readonly<Record<string, string>> }) =>
    factsOf(
      answer({ error: { message: `no (${count++})` } }, { 'x-shard': path?.session === 'theirs' ? '2' : '1' }),
      call(''),
    )
  expect(await toldApart(ask, call('theirs'), call('nobodys'))).toEqual(['header x-shard'])
})
