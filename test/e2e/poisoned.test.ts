/** A data folder that the version before could not start on heals with its first start. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Companion, type Loopback, startLoopback } from '../../loopback/index.ts'
import { type Caller, caller } from '../support/api.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts'
import { type Linked, linkAgain } from '../support/linked.ts'

const fixture = join(import.meta.dirname, '../fixtures/poisoned-8b39a87')

interface Known extends Linked {
  sessionId: string
  token: string
  good: { chat: string; waMessageId: string; body: string }[]
  contacts: { pn: string; lid: string; name: string }[]
}

let known: Known
let dataDir: string
let loopback: Loopback
let companion: Companion
let gateway: GatewayProcess
let call: Caller

/** The WhatsApp on which the fixture's session is linked. */
const link = () => {
  companion = linkAgain(loopback, known)
  for (const contact of known.contacts) loopback.account(contact)
}

const start = async () => {
  gateway = await startGatewayProcess({
    PORT: '0',
    DATA_DIR: dataDir,
    WHATSAPP_URL: loopback.url,
    WHATSAPP_TEST_ROOT_KEY: loopback.rootPublicKey,
  })
  call = caller(gateway.url, known.token)
}

const isWorking = () =>
  expect
    .poll(async () => (await call('GET', `/sessions/${known.sessionId}`)).body, { timeout: 30_000, interval: 50 })
    .toMatchObject({ status: 'working' })

const messagesOf = async (chat: string) =>
  (await call('GET', `/sessions/${known.sessionId}/chats/${chat}/messages`)).body

beforeEach(async () => {
  known = JSON.parse(await readFile(join(fixture, 'known.json'), 'utf8')) as Known
  dataDir = await mkdtemp(join(tmpdir(), 'parley-poisoned-'))
  for (const name of ['parley.db', 'parley.generation']) await copyFile(join(fixture, name), join(dataDir, name))
  // A checkout does not keep the mode of the key file, and the gateway wants it.
  await writeFile(join(dataDir, 'encryption.key'), await readFile(join(fixture, 'encryption.key')), { mode: 0o600 })
  loopback = await startLoopback()
  link()
  await start()
})

afterEach(async () => {
  await gateway?.kill('SIGKILL')
  await loopback.close()
  await rm(dataDir, { recursive: true, force: true })
})

test('the session works, and serves what was stored and what was in the journal', {
  timeout: 90_000,
}, async () => {
  await isWorking()
  for (const { chat, waMessageId, body } of known.good)
    expect(await messagesOf(chat)).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ waMessageId, body })]),
    })

  const [ani] = known.contacts
  const live = await loopback.account({ pn: ani?.pn ?? '' }).phone.send(known.account.pn, 'and today?')
  await expect
    .poll(() => messagesOf(ani?.pn ?? ''), { timeout: 10_000 })
    .toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ waMessageId: live, body: 'and today?' })]),
    })
  companion.drop()
  await loopback.next('offline')
  await isWorking()
  await gateway.kill('SIGKILL')
  await start()
  await isWorking()
  expect(loopback.unhandled).toEqual([])
})
