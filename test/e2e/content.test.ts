/** What messages say is the same live, from history and after a restart. */
import type { proto } from '@whiskeysockets/baileys'
import { expect, test, vi } from 'vitest'
import { inSandbox, linked, manage, read, sandbox } from '../support/in-sandbox.ts'

inSandbox()

test('both parts of a template, a status in an envelope, and a mention of the account by its LID', async () => {
  const { loopback } = sandbox
  const owner = loopback.account({ pn: '62833700001', name: 'Owner' })
  const friend = loopback.account({ pn: '62833700002', name: 'Rina' })
  const other = loopback.account({ pn: '62833700003', name: 'Budi' })
  const { id, companion } = await linked(owner)

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
