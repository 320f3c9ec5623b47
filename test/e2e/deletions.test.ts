/** What the account deletes on its phone is gone here too, and stays gone. */
import { expect, test, vi } from 'vitest'
import { inSandbox, linked, manage, read, sandbox } from '../support/in-sandbox.ts'

inSandbox()

test('one message, all that is in a chat, a chat', async () => {
  const { loopback } = sandbox
  const owner = loopback.account({ pn: '62833600001', name: 'Owner' })
  const friend = loopback.account({ pn: '62833600002', name: 'Rina' })
  const { id, companion } = await linked(owner)
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
