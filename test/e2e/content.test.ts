/** What messages say is the same live, from history and after a restart. */
import type { proto } from '@whiskeysockets/baileys'
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

test('both parts of a template, a status in an envelope, and a mention of the account by its LID', async () => {
  const { loopback } = sandbox
  const { id } = (await manage('POST', '/sessions', { start: true })).body as { id: string }
  const code = await vi.waitFor(async () => {
    const answer = await manage('GET', `/sessions/${id}/qr`)
    expect(answer.status).toBe(200)
    return (answer.body as { code: string }).code
  }, 10_000)
  const owner = loopback.account({ pn: '62833700001', name: 'Owner' })
  const friend = loopback.account({ pn: '62833700002', name: 'Rina' })
  const other = loopback.account({ pn: '62833700003', name: 'Budi' })
  const companion = await owner.phone.scanQR(code)

  const mentionedJid = [owner.lid]
  const header = { imageMessage: { mimetype: 'image/jpeg', fileLength: 298_820 } }
  const contents: proto.IMessage[] = [
    { templateMessage: { interactiveMessageTemplate: { header, body: { text: 'Your bill' } } } },
    { groupStatusMessageV2: { message: { extendedTextMessage: { text: 'x' } } } },
    { extendedTextMessage: { text: '@you', contextInfo: { mentionedJid } } },
  ]
  const expected = [
    {
      type: 'image',
      body: 'Your bill',
      hasMedia: true,
      media: { mimetype: 'image/jpeg', size: 298_820 },
    },
    { type: 'text', body: 'x', hasMedia: false },
    { type: 'text', body: '@you', mentions: mentionedJid },
  ]
  const at = Math.floor(Date.now() / 1000) * 1000 - 60_000
  const messages = contents.map((content, n) => ({ content, at: at + n * 1000 })).reverse()
  await owner.phone.sendHistory({ chats: [{ jid: other.pn, messages }] }, companion)
  for (const content of contents) await friend.phone.send(owner.pn, content)

  const shown = async (jid: string) => {
    const { body } = await read('GET', `/sessions/${id}/chats/${jid}/messages`)
    return ((body as { data?: object[] }).data ?? []).toReversed()
  }
  const areShown = () =>
    vi.waitFor(async () => {
      expect(await shown(friend.pn)).toMatchObject(expected)
      expect(await shown(other.pn)).toMatchObject(expected)
    }, 15_000)
  await areShown()
  const { waLid } = (await manage('GET', `/sessions/${id}/me`)).body as { waLid?: string }
  expect(waLid).toBe(owner.lid)
  const before = await shown(friend.pn)
  expect((await manage('POST', `/sessions/${id}:restart`)).status).toBe(200)
  await areShown()
  expect(await shown(friend.pn)).toEqual(before)
})
