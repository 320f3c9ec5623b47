/** Redocly Respect runs each workflow of `openapi/workflows.arazzo.yaml` and validates each answer by the contract. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkTarget } from '../../conformance/index.ts'
import { answersWith, type Fault, on, refuse, reply, shows } from '../../conformance/mutants/fault.ts'
import { type Relay, startRelay } from '../../conformance/mutants/relay.ts'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { respect } from './respect.ts'

const file = 'openapi/workflows.arazzo.yaml'
const read = (path: string) => readFile(join(import.meta.dirname, '../..', path), 'utf8')
const { workflows } = parse(await read(file)) as {
  workflows: { workflowId: string; inputs: { required: string[] } }[]
}
const phones = { scans: '628111000041', types: '628111000042' }

let sandbox: Sandbox
let relay: Relay
let inputs: Record<string, string>

beforeAll(async () => {
  sandbox = await startSandbox()
  const { tokens, fixtures } = sandbox.target
  relay = await startRelay(checkTarget(sandbox.target))
  inputs = {
    token: tokens.full,
    session: fixtures.liveSession,
    stoppedSession: fixtures.offlineSession,
    chat: fixtures.chat.id,
    phone: phones.types,
    attempt: 'first',
  }
})

afterAll(async () => {
  await relay?.close()
  await sandbox?.close()
})

/** People with phones: they enter each code that the server answers. */
const people: Fault = async (asked, ask) => {
  const answer = await ask(asked)
  const code = () => (JSON.parse(answer.bytes.toString('utf8')) as { code: string }).code
  const phone = (pn: string) => sandbox.loopback.account({ pn }).phone
  if (answer.status === 200 && asked.operationId === 'sessionQR') void phone(phones.scans).scanQR(code())
  if (answer.status === 200 && asked.operationId === 'sessionPairingCode') void phone(phones.types).enterCode(code())
  return answer
}

const server = (fault: Fault) => relay.through(fault).baseUrl

test('each workflow does its job, and nothing that is said of it contains the token', async () => {
  const { exitCode, failed, output } = await respect(file, server(people), inputs)
  expect(failed).toEqual(Object.fromEntries(workflows.map(({ workflowId }) => [workflowId, []])))
  expect(exitCode).toBe(0)
  expect(output).not.toContain(inputs.token)
}, 180_000)

test('a workflow fails where a server breaks the contract, or does not do the job', async () => {
  const faults: Fault[] = [
    shows<{ unreadCount?: number }>('getChat', ({ unreadCount: _, ...chat }) => chat),
    on(
      'setChatPresence',
      answersWith(204, () => reply(200, {})),
    ),
    on(
      'setChatPresence',
      answersWith(501, () => refuse(500, 'internal')),
    ),
  ]
  const all = faults.reduce((one, other) => (asked, ask) => one(asked, async (same) => other(same, ask)))
  const only = ['read-inbox', 'show-typing', 'recover-from-501']
  const { exitCode, failed } = await respect(file, server(all), inputs, only)
  expect(exitCode).toBe(1)
  expect(failed).toMatchObject({
    'read-inbox': expect.arrayContaining(['open-chat: schema check']),
    'show-typing': ['show: $statusCode == 204', 'show: status code check'],
    'recover-from-501': expect.arrayContaining(['refused: $statusCode == 501']),
  })
}, 180_000)

test('the page about them lists each, with what it has to be given', async () => {
  const rows = [...(await read('docs/workflows.md')).matchAll(/^\| `(\S+)` \|.*\| ([^|]+) \|$/gm)]
  const listed = rows.map(([, id, given = '']) => [id, [...given.matchAll(/`(\w+)`/g)].map(([, name]) => name)])
  expect(listed).toEqual(workflows.map(({ workflowId, inputs: { required } }) => [workflowId, required]))
})
