/** The conformance suite judges a server of another contract: what it promises by its shapes needs no case file. */
import { expect, test } from 'vitest'
import { baseOf } from '../../../conformance/base.ts'
import type { Case } from '../../../conformance/case.ts'
import { createContract } from '../../../conformance/contract.ts'
import { createRun } from '../../../conformance/run.ts'
import { suiteOf } from '../../../conformance/suite.ts'
import type { Target } from '../../../conformance/target.ts'
import document from './generated/openapi.json' with { type: 'json' }
import { operations } from './generated/operations.ts'
import { type ShapeHandlers, serve } from './serve.ts'

const contract = createContract(document, operations)

const suite = suiteOf(
  contract,
  contract.operationIds.map((operationId) => ({ base: baseOf(contract, { operationId }), own: [] })),
)

/** Bodies that are not JSON and answers without an end are not sent and read by the suite; the others this server has not. */
const unclaimed = ['uploadBytes', 'importParts', 'streamEvents', 'loginTokens', 'rateLimits']

/** The server of this test keeps no answers under keys, but it refuses what is no key; and its sessions are everybody's. */
const isJudged = ({ id, trait, control }: Case) =>
  trait?.name !== 'isolation' &&
  !control.some((other) => other.endsWith('/ours-hidden')) &&
  (trait?.name !== 'idempotency' || /key-(with-space|of-256)$/.test(id))

const targetAt = (baseUrl: string): Target => ({
  target: { name: 'every shape', version: '0', kind: 'server' },
  baseUrl,
  contract: { version: contract.version },
  profile: Object.fromEntries(unclaimed.map((what) => [what, null])),
  tokens: {
    full: 'read,send,manage,events',
    readOnly: 'read',
    sendOnly: 'send',
    manageOnly: 'manage',
    otherOrg: 'events',
  },
  fixtures: { liveSession: 'sess_live', offlineSession: 'sess_1', unknownSession: 'sess_2' },
})

const content = Buffer.from('0123456789')
const headers = { 'Content-Disposition': 'attachment' }

async function* slice(start: number, end: number) {
  yield content.subarray(start, end)
}

const handlers: Partial<ShapeHandlers> = {
  getGroup: () => ({ status: 200, body: { done: true } }),
  archiveGroup: () => ({ status: 204 }),
  leaveGroup: () => ({ status: 204 }),
  sendThing: () => ({ status: 201, body: { done: true } }),
  downloadBytes: () => ({
    status: 200,
    type: 'image/png',
    headers,
    file: { size: content.length, etag: '"v1"', read: ({ start, end }) => slice(start, end) },
  }),
  exportRows: () => ({ status: 200, type: 'application/x-ndjson', headers, stream: slice(0, content.length) }),
}

test('each promise of each shape holds of the gateway’s own server', { timeout: 60_000 }, async () => {
  const serving = await serve(handlers)
  try {
    const cases = suite.cases.filter(isJudged)
    const { records } = await createRun({ ...suite, cases }, targetAt(serving.url)).finish()
    const judged = records.filter(({ verdict }) => verdict !== 'na')
    const operationsOf = new Set(judged.map(({ operationId }) => operationId))
    expect([...operationsOf]).toEqual(Object.keys(handlers))
    const red = judged.filter(({ verdict }) => verdict !== 'pass')
    expect(red.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([])
  } finally {
    await serving.close()
  }
})

test('and a server that does without one of them is seen', { timeout: 60_000 }, async () => {
  const serving = await serve({ ...handlers, leaveGroup: () => ({ status: 200 }) as never })
  try {
    const cases = suite.cases.filter(({ id }) => id === 'leaveGroup/204/-/example')
    const { records } = await createRun({ ...suite, cases }, targetAt(serving.url)).finish()
    expect(records.map(({ verdict }) => verdict)).toEqual(['fail'])
  } finally {
    await serving.close()
  }
})
