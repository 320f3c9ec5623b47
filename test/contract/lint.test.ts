import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { rules } from '../../contract/lint.ts'
import { redocly, root } from '../../contract/tools.ts'
import bundle from '../../generated/openapi.json' with { type: 'json' }
import shapes from './every-shape/generated/openapi.json' with { type: 'json' }

type Rule = keyof typeof rules

const operation = (path: string, method: string) => (below: string) => ['paths', path, method, ...below.split(' ')]
const getChat = operation('/sessions/{session}/chats/{cid}', 'get')
const createSession = operation('/sessions', 'post')
const setChatPresence = operation('/sessions/{session}/chats/{cid}/presence', 'put')
const chat = (below: string) => ['components', 'schemas', 'Chat', ...below.split(' ')]
const component = (below: string) => ['components', ...below.split(' ')]
const absent = undefined
const shape = operation
const { requestBody: thing } = shapes.paths['/sessions/{session}/messages'].post
const { '/groups/{gid}:archive': archive, '/sessions/{session}/groups/{gid}:leave': leave } = shapes.paths

/** For a rule the one edit that makes the lawful contract break it: where, and what is put there. */
const faults: { [rule in Rule]?: [at: string[], to: unknown] } = {
  'documents-errors': [getChat('responses 403'), absent],
  'session-means-404': [getChat('responses 404'), absent],
  'body-means-413-and-415': [setChatPresence('responses 413'), absent],
  'live-means-501': [setChatPresence('x-live-client'), absent],
  'limits-mean-429': [setChatPresence('x-limits'), ['starts']],
  'status-is-known': [getChat('responses 203'), bundle.paths['/sessions/{session}/chats/{cid}'].get.responses['200']],
  'no-content-in-204': [
    setChatPresence('responses 204 content'),
    { 'text/plain': { schema: { type: 'string', minLength: 1 } } },
  ],
  'named-example': [getChat('responses 200 content application/json examples'), absent],
  'code-fits-status': [getChat('responses 500'), { $ref: '#/components/responses/ForbiddenRead' }],
  'header-of-status': [component('headers WwwAuthenticate required'), absent],
  'request-id-on-every-answer': [component('responses Internal headers X-Request-Id'), absent],
  'key-means-replays': [
    createSession('responses 409 headers Idempotency-Replayed'),
    { $ref: '#/components/headers/IdempotencyReplayed' },
  ],
  'operation-id-pattern': [getChat('operationId'), 'get-chat'],
  'capability-in-security': [getChat('security'), [{ bearerAuth: ['admin'] }, { apiKeyAuth: ['admin'] }]],
  'member-is-described': [chat('properties name description'), absent],
  'member-has-example': [chat('properties name examples'), absent],
  'member-has-unit': [
    chat('properties unreadCount description'),
    'Messages that came in since the chat was last read.',
  ],
  'parameter-has-unit': [component('parameters limit description'), 'How long a page is.'],
  'no-nullable': [chat('properties name type'), ['string', 'null']],
  'request-is-closed': [component('schemas NewSession additionalProperties'), absent],
  'answer-is-open': [chat('additionalProperties'), false],
  'object-says-what-it-holds': [component('schemas Message properties mentionNames additionalProperties'), absent],
  'no-default': [component('parameters limit schema default'), 50],
  'integer-is-plain': [chat('properties unreadCount format'), 'int64'],
  'string-is-bounded': [chat('properties name minLength'), absent],
  'page-is-bounded': [component('schemas ChatList properties data maxItems'), absent],
}

/** The same for rules about what the contract does not have yet, of the contract of every shape; and second faults. */
const faultsOfShapes: [Rule, at: string[], to: unknown][] = [
  [
    'live-names-a-session',
    ['paths', '/groups/{gid}:archive'],
    { parameters: archive.parameters, post: { ...leave.post, operationId: 'archiveGroup' } },
  ],
  ['live-unless-is-a-flag', shape('/sessions/{session}/messages', 'post')('x-live-unless'), 'later'],
  ['live-unless-is-a-flag', shape('/groups/{gid}:archive', 'post')('x-live-unless'), 'async'],
  ['body-is-of-one-kind', shape('/media', 'post')('requestBody content application/json'), { schema: {} }],
  ['body-says-its-size', shape('/media', 'post')('requestBody x-max-bytes'), absent],
  ['range-means-416', shape('/export', 'get')('responses 416'), { $ref: '#/components/responses/E416' }],
  ['range-means-416', shape('/media/{mediaId}', 'get')('responses 304'), absent],
  [
    'key-means-replays',
    shape('/sessions/{session}/messages', 'post')('responses 202 headers Idempotency-Replayed'),
    absent,
  ],
  [
    'key-compares-json',
    shape('/sessions/{session}/messages', 'post')('requestBody'),
    { ...thing, 'x-max-bytes': 100, content: { 'text/plain': thing.content['application/json'] } },
  ],
  ['header-of-status', shape('/media/{mediaId}', 'get')('responses 200 headers ETag'), absent],
  ['header-of-status', shape('/media/{mediaId}', 'get')('responses 206 headers Content-Range'), absent],
  [
    'capability-in-security',
    shape('/groups/{gid}', 'get')('security'),
    [{ bearerAuth: ['read'] }, { bearerAuth: ['manage'] }, { apiKeyAuth: ['read'] }],
  ],
  ['capability-in-security', shape('/groups/{gid}', 'get')('security'), [{ bearerAuth: ['read', 'manage'] }]],
  ['webhook-tells-an-event', ['webhooks', 'message.received', 'post', 'operationId'], 'onMessage'],
]

const lawful = [bundle, shapes]
const broken: [Rule, where: string, document: unknown][] = [
  ...Object.entries(faults).map(([rule, [at, to]]): [Rule, string, unknown] => [
    rule as Rule,
    at.join('/'),
    edited(bundle, at, to),
  ]),
  ...faultsOfShapes.map(([rule, at, to]): [Rule, string, unknown] => [rule, at.join('/'), edited(shapes, at, to)]),
]
let verdicts: string[][]

beforeAll(async () => {
  verdicts = await lint([...lawful, ...broken.map(([, , document]) => document)])
})

test('the contracts as they are break no rule', () => {
  expect(verdicts.slice(0, lawful.length)).toEqual([[], []])
})

test.for(broken.map(([rule, where], index) => ({ rule, where, index })))(
  '$rule refuses its fault at $where, and no other rule does',
  ({ rule, index }) => {
    expect(verdicts[lawful.length + index]).toEqual([`contract/${rule}`])
  },
)

test('each rule has a fault that it refuses', () => {
  expect([...new Set(broken.map(([rule]) => rule))].sort()).toEqual(Object.keys(rules).sort())
})

test('each rule is in force as an error', async () => {
  const configuration = await readFile(join(root, 'redocly.yaml'), 'utf8')
  const inForce = [...configuration.matchAll(/^ {2}contract\/(\S+): error$/gm)].map(([, name]) => name)
  expect(inForce.sort()).toEqual(Object.keys(rules).sort())
})

/** A contract with `to` at `at`; nothing there when it is undefined. */
function edited(lawful: object, at: string[], to: unknown): unknown {
  const document = structuredClone(lawful)
  const last = at.at(-1) ?? ''
  const parent = at
    .slice(0, -1)
    .reduce((node, key) => node[key] as Record<string, unknown>, document as Record<string, unknown>)
  if (to === absent) delete parent[last]
  else parent[last] = to
  return document
}

/** The names of the rules that each document breaks. */
async function lint(documents: unknown[]): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-lint-'))
  try {
    const files = documents.map((_, index) => join(folder, `${index}.json`))
    await Promise.all(files.map((file, index) => writeFile(file, JSON.stringify(documents[index]))))
    // It fails because the documents do; what it says is on stdout either way.
    const said = await redocly('lint', ...files, '--format', 'json').catch((error: { stdout: string }) => error)
    const results = said.stdout
      .split(/(?<=^\})(?=\{$)/m)
      .map((text) => JSON.parse(text) as { problems: { ruleId: string }[] })
    return results.map(({ problems }) => [...new Set(problems.map(({ ruleId }) => ruleId))])
  } finally {
    await rm(folder, { recursive: true })
  }
}
