/** A case is run against a wrong server if it can see anything of it. */
import { expect, test } from 'vitest'
import type { Asked } from './fault.ts'
import { answersWith, type Fault, headed, hears, on, refuse, reply, withQuery } from './fault.ts'
import { casesReached, createRecorder } from './reach.ts'

const asked = (caseId: string, change: Partial<Asked> = {}): Asked => ({
  method: 'GET',
  target: '/sessions/sess_A/chats',
  headers: { 'user-agent': `parley-conformance (0badcafe; ${caseId})` },
  bytes: undefined,
  chunked: false,
  operationId: 'listChats',
  session: 'sess_A',
  cid: '',
  query: new URLSearchParams(),
  body: undefined,
  caller: 'full',
  ...change,
})

const cases = ['list', 'list-refused', 'read', 'silent'].map((id) => ({ id }))

/** Three cases have exchanged something, and one nothing that was recorded. */
const record = async () => {
  const { fault, recorded } = createRecorder()
  const read = { method: 'POST', operationId: 'readChat', target: '/sessions/sess_A/chats/a/read' } as const
  await fault(asked('list'), async () => reply(200, { data: [], nextCursor: null }))
  await fault(asked('list-refused'), async () => refuse(401, 'unauthorized'))
  await fault(asked('list'), async () => reply(200, { data: [], nextCursor: null }))
  await fault(asked('read', read), async () => reply(200, { unreadCount: 0 }))
  await fault(asked('', { headers: {} }), async () => reply(500))
  return recorded()
}

const reached = async (fault: Fault) => (await casesReached(fault, cases, await record())).map(({ id }) => id)

test('what is recorded says which case it is of', async () => {
  expect((await record()).map(({ caseId, answer }) => [caseId, answer.status])).toEqual([
    ['list', 200],
    ['list-refused', 401],
    ['list', 200],
    ['read', 200],
  ])
})

test('a case of which nothing is known is run, whatever the fault', async () => {
  expect(await reached((one, ask) => ask(one))).toEqual(['silent'])
})

test('another answer reaches the cases that would get it', async () => {
  const fault = on(
    'listChats',
    answersWith(401, (answer) => headed(answer, { 'www-authenticate': undefined })),
  )
  expect(await reached(fault)).toEqual(['list-refused', 'silent'])
})

test('the same answer, written again, reaches nobody', async () => {
  expect(await reached(answersWith([200, 401], (answer) => ({ ...answer, bytes: Buffer.from(answer.bytes) })))).toEqual(
    ['silent'],
  )
})

test('another question reaches those who asked it, even if the answer is the same', async () => {
  expect(
    await reached(
      on(
        'listChats',
        hears((one) => withQuery(one, { limit: '1' })),
      ),
    ),
  ).toEqual(['list', 'list-refused', 'silent'])
})

test('a write that is carried out twice, or not at all, reaches its case', async () => {
  const twice = on('readChat', async (one, ask) => {
    await ask(one)
    return ask(one)
  })
  expect(await reached(twice)).toEqual(['read', 'silent'])
  expect(await reached(on('readChat', () => reply(200, { unreadCount: 0 })))).toEqual(['read', 'silent'])
})

test('what a fault does from the second request on reaches the case that asks twice', async () => {
  let count = 0
  const fault: Fault = async (one, ask) => {
    const answer = await ask(one)
    return one.operationId === 'listChats' && answer.status === 200 && ++count > 1 ? refuse(500, 'internal') : answer
  }
  expect(await reached(fault)).toEqual(['list', 'silent'])
})

test('a fault that waits, and one that cannot read what was never recorded, reach their cases', async () => {
  expect(await reached(on('readChat', () => new Promise(() => undefined)))).toEqual(['read', 'silent'])
  const throws = on('readChat', () => {
    throw new Error('no such member')
  })
  expect(await reached(throws)).toEqual(['read', 'silent'])
})
