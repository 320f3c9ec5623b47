import type { Fault } from './fault.ts'
import { idOf, stanza } from './harness/stanza.ts'
import { readChat, readStored } from './harness/stored.ts'

export const addresses: Fault = {
  id: 'F21',
  name: 'one person, two addresses',
  injection:
    'messages by LID first, by phone JID first, in turn; the mapping comes with a message, later with history, or not at first; and changes to another LID',
  promise: 'one chat for each person, under either address, with all messages and a right counter',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const { companion, owner, call, sessionId } = world
    const people = Array.from({ length: quick ? 50 : 60 }, (_, index) => ({
      pn: `62844400${1000 + index}@s.whatsapp.net`,
      lid: `7744400${1000 + index}@lid`,
      how: random.pick(['with a message', 'with history', 'with a new LID'] as const),
      ids: [] as string[],
    }))
    const chatsOfPeople = async () => {
      const { chats } = await readStored(call, sessionId)
      return chats.filter(({ jid, aliases = [] }) =>
        people.some(({ pn, lid }) => [jid, ...aliases].some((it) => it === pn || it === lid)),
      )
    }
    for (const { pn, lid, how, ids } of people) {
      // There is no alias for these two.
      for (const from of random.shuffle([pn, lid, pn, lid, lid])) {
        const message = stanza({ from })
        companion.deliver(message)
        ids.push(idOf(message))
      }
      if (how === 'with history') continue
      const message = stanza({ from: pn, attrs: { sender_lid: lid } })
      companion.deliver(message)
      ids.push(idOf(message))
      if (how === 'with a message') continue
      const later = stanza({ from: `8${lid}`, attrs: { sender_pn: pn } })
      companion.deliver(later)
      ids.push(idOf(later))
    }
    await world.caughtUp()
    const mappings = people.filter(({ how }) => how === 'with history').map(({ pn, lid }) => ({ pn, lid }))
    await owner.phone.sendHistory({ type: 'recent', mappings }, companion)
    await world.settled()
    const chats = await chatsOfPeople()
    check(chats.length === people.length, `${people.length} chats for ${people.length} people: ${chats.length}`)
    const wrong: string[] = []
    for (const { pn, lid, how, ids } of people) {
      const [byPhone, byLid] = [await readChat(call, sessionId, pn), await readChat(call, sessionId, lid)]
      const found = byPhone.map(({ waMessageId }) => waMessageId).sort()
      if (JSON.stringify(found) !== JSON.stringify([...ids].sort())) wrong.push(`${how}: messages`)
      if (JSON.stringify(byPhone) !== JSON.stringify(byLid))
        wrong.push(`${how}: the other address shows something else`)
      const unread = chats.find(({ jid, aliases = [] }) => jid === pn || aliases.includes(pn))?.unreadCount
      if (unread !== ids.length) wrong.push(`${how}: ${unread} unread of ${ids.length}`)
    }
    check(wrong.length === 0, `each chat is whole: ${[...new Set(wrong)].join('; ') || 'yes'}`)
    figure('people', people.length)
    figure('chats', chats.length)
  },
}
