/** A session belongs to one WhatsApp account, whoever scans its code. */
import { expect, test, vi } from 'vitest'
import type { Account } from '../../loopback/index.ts'
import { becomes, inSandbox, linked, manage, read, sandbox, shownCode } from '../support/in-sandbox.ts'

inSandbox()

let numbers = 0

const account = (name = 'Tester'): Account =>
  sandbox.loopback.account({ pn: `6283340000${String(10 + numbers++)}`, name })

const codeOf = async (id: string) => {
  expect((await manage('POST', `/sessions/${id}:start`)).status).toBe(200)
  return shownCode(id)
}

/** A session of this account with one message in it, unlinked on the phone. */
const unlinked = async (owner: Account) => {
  const { id, companion } = await linked(owner)
  await becomes(id, { status: 'working' })
  const friend = account('Rina')
  await friend.phone.send(owner.pn, 'hello')
  await vi.waitFor(async () => expect(await chatsOf(id)).toEqual([friend.pn]), 10_000)
  companion.unlink()
  await becomes(id, { status: 'logged_out' })
  return { id, friend }
}

const chatsOf = async (id: string) =>
  ((await read('GET', `/sessions/${id}/chats`)).body as { data: { jid: string }[] }).data.map(({ jid }) => jid)

const reason = expect.stringMatching(/^another WhatsApp account .* create a new session/)

test('another number that scans is refused: nothing is linked, nothing of it is stored, the way on is said', async () => {
  const owner = account()
  const { id, friend } = await unlinked(owner)
  const other = account()
  await expect(other.phone.scanQR(await codeOf(id))).rejects.toThrow('refused to be linked')
  await becomes(id, { status: 'failed', statusReason: reason })
  expect(other.companions.size).toBe(0)
  expect((await manage('GET', `/sessions/${id}`)).body).not.toHaveProperty('waJid')
  expect(await chatsOf(id)).toEqual([friend.pn])

  await owner.phone.scanQR(await codeOf(id))
  await becomes(id, { status: 'working', waJid: owner.pn })
  expect(await chatsOf(id)).toEqual([friend.pn])
})

test('another number that types in a code is refused too', async () => {
  const { id } = await unlinked(account())
  const other = account()
  const answer = await manage('POST', `/sessions/${id}/pairing-code`, { phone: other.pn.split('@')[0] })
  expect(answer.status).toBe(200)
  await expect(other.phone.enterCode((answer.body as { code: string }).code.replace('-', ''))).rejects.toThrow()
  await becomes(id, { status: 'failed', statusReason: reason })
  expect(other.companions.size).toBe(0)
})
