/** Votes in polls, as phones encrypt them, are counted on the message with the poll. */
import { expect, test } from 'vitest'
import type { Loopback } from '../../../loopback/index.ts'
import { inWorlds, sessionId, type World } from '../test-world.ts'

let wa: Loopback
let world: World

inWorlds((...made) => {
  ;[wa, world] = made
})

const poll = { name: 'Seven?', options: ['yes', 'no', 'later'], selectableCount: 0 }

interface Shown {
  waMessageId: string
  poll?: { options: { name: string; votes: number }[]; voters: { senderJid?: string; options: string[] }[] }
}

/** What the poll shows: how many chose each option, and who chose what. The votes are no messages, so it is alone. */
const resultOf = async (chat: string) => {
  const page = await world.store.listMessages(sessionId, chat, { limit: 9 })
  const messages: Shown[] = JSON.parse(String(page?.data))
  expect(messages).toHaveLength(1)
  const { options = [], voters = [] } = messages[0]?.poll ?? {}
  return {
    counts: Object.fromEntries(options.map(({ name, votes }) => [name, votes])),
    voters: Object.fromEntries(voters.map(({ senderJid = 'me', options: chosen }) => [senderJid, chosen.toSorted()])),
  }
}

test.each(['pn', 'lid'] as const)('in a direct chat, of both sides, under addresses by %s', async (by) => {
  const { contact, account } = world
  const id = await contact.phone.sendPoll(account.pn, poll)
  await contact.phone.vote(account.pn, id, ['yes'], { by })
  await account.phone.vote(contact.pn, id, ['no', 'yes'], { by })
  await world.settle()
  expect(await resultOf(contact.pn)).toEqual({
    counts: { yes: 2, no: 1, later: 0 },
    voters: { [contact.pn]: ['yes'], me: ['no', 'yes'] },
  })

  await contact.phone.vote(account.pn, id, ['later'], { by })
  await account.phone.vote(contact.pn, id, [], { by })
  await world.settle()
  expect(await resultOf(contact.pn)).toEqual({
    counts: { yes: 0, no: 0, later: 1 },
    voters: { [contact.pn]: ['later'] },
  })
})

test('in a group, in a poll of the account', async () => {
  const { contact, account } = world
  const group = wa.group({ subject: 'Team', members: [account, contact], byLid: true }).jid
  const id = await account.phone.sendPoll(group, poll)
  await contact.phone.vote(group, id, ['no'])
  await world.settle()
  expect(await resultOf(group)).toEqual({ counts: { yes: 0, no: 1, later: 0 }, voters: { [contact.pn]: ['no'] } })
})
