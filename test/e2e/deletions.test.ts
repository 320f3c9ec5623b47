/** What the account deletes on its phone is gone here too, and stays gone. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts'
import { type Caller, caller } from '../support/api.ts'

let sandbox: Sandbox
let manage: Caller
let read: Caller
beforeAll(async () => {
  sandbox = await startSandbox()
  manage = caller(sandbox.url, sandbox.target.tokens.manageOnly)
  read = caller(sandbox.url, sandbox.target.tokens.readOnly)
})
afterAll(async () => {
  expect(sandbox?.loopback.unhandled).toEqual([])
  await sandbox?.close()
})

test('one message, all that is in a chat, a chat', async () => {
  const { loopback } = sandbox
  const { id } = (await manage('POST', '/sessions', { start: true })).body as { id: string }
  const code = await vi.waitFor(async () => {
    const answer = await manage('GET', `/sessions/${id}/qr`)
    expect(answer.status).toBe(200)
    return (answer.body as { code: string }).code
  }, 10_000)
  const owner = loopback.account({ pn: '62833600001', name: 'Owner' })
  const friend = loopback.account({ pn: '62833600002', name: 'Rina' })
  const companion = await owner.phone.scanQR(code)
  await loopback.next('online', (event) => event.companion === companion.jid)
  await owner.phone.shareSettingsKey(companion)
  await owner.phone.sendHistory({}, companion)

  const base = Math.floor(Date.now() / 1000) - 100
  const send = (text: string, age: number) => friend.phone.send(owner.pn, text, { at: (base - age) * 1000 })
  const bodies = async () => {
    const { status, body } = await read('GET', `/sessions/${id}/chats/${friend.pn}/messages`)
    return status === 404 ? undefined : (body as { data: { body: string }[] }).data.map((one) => one.body)
  }
  const becomes = (expected: string[] | undefined) =>
    vi.waitFor(async () => expect(await bodies()).toEqual(expected), 10_000)
  const upTo = (messageId: string, age: number) => [
    { key: { remoteJid: friend.pn, id: messageId, fromMe: false }, messageTimestamp: base - age },
  ]

  const first = await send('first', 50)
  const second = await send('second', 40)
  await send('third', 30)
  await becomes(['third', 'second', 'first'])

  const key = { remoteJid: friend.pn, id: second, fromMe: false }
  await owner.phone.changeSetting(friend.pn, { deleteForMe: { key, timestamp: base - 40, deleteMedia: false } })
  await becomes(['third', 'first'])

  await owner.phone.changeSetting(friend.pn, { clear: true, lastMessages: upTo(first, 50) })
  await becomes(['third'])

  await owner.phone.changeSetting(friend.pn, { delete: true, lastMessages: upTo(first, 30) })
  await becomes(undefined)
  const chats = (await read('GET', `/sessions/${id}/chats`)).body as { data: { jid: string }[] }
  expect(chats.data).toEqual([])

  expect((await manage('POST', `/sessions/${id}:restart`)).status).toBe(200)
  await send('again', 10)
  await becomes(['again'])
})
