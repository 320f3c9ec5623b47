import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { rules } from '../../contract/lint.ts'
import { redocly, root } from '../../contract/tools.ts'
import bundle from '../../generated/openapi.json' with { type: 'json' }

type Rule = keyof typeof rules

const operation = (path: string, method: string) => (below: string) => ['paths', path, method, ...below.split(' ')]
const getChat = operation('/sessions/{session}/chats/{cid}', 'get')
const setChatPresence = operation('/sessions/{session}/chats/{cid}/presence', 'put')
const chat = (below: string) => ['components', 'schemas', 'Chat', ...below.split(' ')]
const component = (below: string) => ['components', ...below.split(' ')]
const absent = undefined

/** For each rule the one edit that makes the lawful contract break it: where, and what is put there. */
const faults: Record<Rule, [at: string[], to: unknown]> = {
  'documents-errors': [getChat('responses 403'), absent],
  'session-means-404': [getChat('responses 404'), absent],
  'body-means-413-and-415': [setChatPresence('responses 413'), absent],
  'live-means-501': [setChatPresence('x-live-client'), absent],
  'status-is-known': [getChat('responses 206'), bundle.paths['/sessions/{session}/chats/{cid}'].get.responses['200']],
  'no-content-in-204': [setChatPresence('responses 204 content'), { 'text/plain': { schema: { type: 'string' } } }],
  'named-example': [getChat('responses 200 content application/json examples'), absent],
  'code-fits-status': [getChat('responses 500'), { $ref: '#/components/responses/ForbiddenRead' }],
  'header-of-status': [component('headers WwwAuthenticate required'), absent],
  'request-id-on-every-answer': [component('responses Internal headers X-Request-Id'), absent],
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
  'object-is-closed': [chat('additionalProperties'), absent],
}

const names = Object.keys(faults) as Rule[]
let verdicts: string[][]

beforeAll(async () => {
  verdicts = await lint([bundle, ...names.map((rule) => edited(...faults[rule]))])
})

test('the contract as it is breaks no rule', () => {
  expect(verdicts[0]).toEqual([])
})

test.for(names)('%s refuses its fault, and no other rule does', (rule) => {
  expect(verdicts[names.indexOf(rule) + 1]).toEqual([`contract/${rule}`])
})

test('each rule is in force as an error', async () => {
  const configuration = await readFile(join(root, 'redocly.yaml'), 'utf8')
  const inForce = [...configuration.matchAll(/^ {2}contract\/(\S+): error$/gm)].map(([, name]) => name)
  expect(inForce.sort()).toEqual(Object.keys(rules).sort())
})

/** The contract with `to` at `at`; nothing there when it is undefined. */
function edited(at: string[], to: unknown): unknown {
  const document = structuredClone(bundle)
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
