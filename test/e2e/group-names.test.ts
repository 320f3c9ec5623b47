/** A group that WhatsApp has not introduced gets its name from it. */
import { expect, test, vi } from 'vitest'
import { becomes, inSandbox, linked, manage, read, sandbox } from '../support/in-sandbox.ts'

inSandbox()

const named = (id: string, jid: string, expected: object) =>
  vi.waitFor(
    async () => expect((await read('GET', `/sessions/${id}/chats/${jid}`)).body).toMatchObject(expected),
    20_000,
  )

test('its members write, and it is named; one that the account has left stays without, and both are asked about once', async () => {
  const { loopback } = sandbox
  const questions: string[] = []
  loopback.on('stanza', ({ direction, stanza }) => {
    if (direction === 'in' && stanza.attrs.xmlns === 'w:g2' && stanza.attrs.to?.startsWith('12036'))
      questions.push(stanza.attrs.to)
  })
  const owner = loopback.account({ pn: '62833500001', name: 'Owner' })
  const friend = loopback.account({ pn: '62833500002', name: 'Rina' })
  const { id } = await linked(owner)

  const left = loopback.group({ subject: 'Gone', members: [friend, owner] })
  const lunch = loopback.group({ subject: 'Lunch', members: [friend, owner] })
  await friend.phone.send(left.jid, 'bye')
  left.members.splice(1)
  await friend.phone.send(lunch.jid, 'hello')
  await named(id, lunch.jid, { name: 'Lunch', unreadCount: 1 })
  await friend.phone.send(lunch.jid, 'again')
  await named(id, lunch.jid, { unreadCount: 2 })
  await vi.waitFor(() => expect(questions.toSorted()).toEqual([left.jid, lunch.jid].toSorted()), 20_000)

  expect((await manage('POST', `/sessions/${id}:restart`)).status).toBe(200)
  await becomes(id, { status: 'working' })
  await friend.phone.send(lunch.jid, 'and again')
  await named(id, lunch.jid, { name: 'Lunch', unreadCount: 3 })
  expect((await read('GET', `/sessions/${id}/chats/${left.jid}`)).body).not.toHaveProperty('name')
  expect(questions).toHaveLength(2)
})
