/** Made-up results for the tests of reports. */
import { parley } from '../parley.ts'
import { clausesOf, requirementsOf } from '../requirements.ts'
import { type CaseRecord, type Exchange, footerOf, type Result, type Verdict, verdicts } from '../result.ts'

/** Text that would break out of any report that does not escape it. */
export const hostile = `</pre></script><script>document.title='broken out'</script><img src=x onerror=alert(1)>"'&|\`\`\`]]>\u0000\u001b[31m\ud800`

export const sampleExchange = (more: Partial<Exchange> = {}): Exchange => ({
  operationId: 'setChatPresence',
  caller: 'tokens.full',
  durationMs: 3.4,
  request: {
    method: 'PUT',
    target: '/sessions/sess_A/chats/628@s.whatsapp.net/presence',
    headers: {
      Accept: 'application/json',
      'User-Agent': 'parley-conformance (0badcafe; setChatPresence/501/not_implemented/fail)',
      Authorization: 'Bearer [tokens.full]',
      'Content-Type': 'application/json',
    },
    body: '{"state":"composing"}',
  },
  answer: {
    status: 503,
    headers: { 'content-type': 'application/json', 'x-request-id': 'r1' },
    body: '{"error":{"code":"gateway_unavailable","message":"it\'s down"}}',
  },
  expected: { status: [501], code: 'not_implemented' },
  ...more,
})

export const sampleRecord = (verdict: Verdict, more: Partial<CaseRecord> = {}): CaseRecord => ({
  id: `setChatPresence/501/not_implemented/${verdict}`,
  operationId: 'setChatPresence',
  promise: 'says that the session has no connected client to deliver it',
  level: verdict === 'warn' ? 'SHOULD' : 'MUST',
  clause: '/paths/~1sessions~1{session}~1chats~1{cid}~1presence/put/responses/501',
  control: [],
  since: '1.0',
  verdict,
  reason: verdict === 'pass' ? '' : `because of ${verdict}`,
  problems:
    verdict === 'fail' || verdict === 'warn' ? [{ check: 'status', message: 'answered 503 instead of 501' }] : [],
  steered: false,
  info: [],
  durationMs: 2,
  exchanges: [],
  ...more,
})

export const sampleResult = (records: CaseRecord[], more: Partial<Omit<Result, 'records' | 'footer'>> = {}): Result => {
  const { stale = [], strict = false } = more
  return {
    format: 1,
    suite: { name: '@parley/conformance', version: '1.2.3' },
    contract: { version: '1.0.0', sha256: 'c0ffee'.repeat(10) },
    target: { name: 'mine & yours', version: '2', kind: 'server', baseUrl: 'http://127.0.0.1:1/api/v1' },
    profile: {},
    choices: { validationStatus: 'auto' },
    filter: '',
    runId: '0badcafe',
    seed: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1_234,
    preflight: [],
    requirements: requirementsOf(parley),
    clauses: clausesOf(
      parley,
      records.map(({ clause }) => clause),
    ),
    ...more,
    strict,
    stale,
    records,
    footer: footerOf(records, parley.operationIds, stale, strict),
  }
}

/** One case of each verdict, one known failure and one steered pass, with exchanges, some of them hostile. */
export const everyVerdict = (): CaseRecord[] => [
  ...verdicts.map((verdict) => sampleRecord(verdict, { exchanges: [sampleExchange()] })),
  sampleRecord('fail', {
    id: 'getChat/404/not_found/hostile',
    operationId: 'getChat',
    clause: '/paths/~1sessions~1{session}~1chats~1{cid}/get/responses/404',
    reason: hostile,
    problems: [{ check: 'schema', message: hostile }],
    info: [`undocumented member /${hostile}`],
    exchanges: [
      sampleExchange({ answer: { status: 500, headers: { 'x-odd': hostile }, body: hostile, abridged: true } }),
      sampleExchange({ answer: undefined, fault: 'no complete answer within 5000 ms' } as Partial<Exchange>),
      sampleExchange({ cleanUp: true }),
    ],
  }),
  sampleRecord('fail', {
    id: 'getChat/200/-/known',
    operationId: 'getChat',
    known: 'to be mended in the next version',
  }),
  sampleRecord('pass', { id: 'getChat/403/forbidden/steered', operationId: 'getChat', steered: true }),
  sampleRecord('pass', { id: 'gateway/204/-/options', operationId: 'gateway', clause: '/info/description' }),
]
