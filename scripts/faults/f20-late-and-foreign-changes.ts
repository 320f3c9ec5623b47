import type { Fault } from './fault.ts'
import { type Message, readChat } from './harness/stored.ts'
import type { World } from './harness/world.ts'

const minute = 60_000
/** `ProtocolMessage.Type`. */
const [revokeType, editType] = [0, 14]

export const lateAndForeignChanges: Fault = {
  id: 'F20',
  name: 'changes out of time, and by others',
  injection:
    'two edits the wrong way round, an edit after the revoke, an edit a day later; edits and revokes of a message by somebody who did not write it',
  promise: 'the newest edit by its author counts, a deleted message stays deleted, nobody touches the words of another',
  async run({ open, figure, check }) {
    const world = await open()
    const { owner, traffic } = world
    const [writer, stranger] = traffic.contacts
    const at = Date.now() - 2 * 24 * 60 * minute
    const send = () => writer.phone.send(owner.pn, 'canary-text first', { at })
    const expected: { id: string; name: string; fits: (message: Message) => boolean }[] = []

    const reversed = await send()
    await writer.phone.edit(owner.pn, reversed, 'canary-text newest', { at: at + 2 * minute })
    await writer.phone.edit(owner.pn, reversed, 'canary-text older', { at: at + minute })
    expected.push({ id: reversed, name: 'the newest edit', fits: ({ body }) => body === 'canary-text newest' })

    const deleted = await send()
    await writer.phone.revoke(owner.pn, deleted, { at: at + minute })
    await writer.phone.edit(owner.pn, deleted, 'canary-text again', { at: at + 2 * minute })
    expected.push({ id: deleted, name: 'deleted stays deleted', fits: (it) => it.deleted && it.body === undefined })

    const late = await send()
    await writer.phone.edit(owner.pn, late, 'canary-text a day later', { at: at + 24 * 60 * minute })
    expected.push({
      id: late,
      name: 'how late an edit may be is for WhatsApp to say',
      fits: ({ body }) => body === 'canary-text a day later',
    })

    // The partner of a chat claims to change what the owner wrote.
    const own = await owner.phone.send(writer.pn, 'canary-text of the owner', { at })
    const key = { remoteJid: owner.pn, fromMe: false, id: own }
    await writer.phone.send(owner.pn, { protocolMessage: { key, type: revokeType } })
    await writer.phone.send(owner.pn, forgedEdit(key))
    expected.push({
      id: own,
      name: 'own words are left alone',
      fits: (it) => !it.deleted && !it.edited && it.body === 'canary-text of the owner',
    })
    const inGroup = await writer.phone.send(traffic.group.jid, 'canary-text in the group', { at })
    const groupKey = { remoteJid: traffic.group.jid, fromMe: false, id: inGroup, participant: writer.lid }
    await stranger.phone.send(traffic.group.jid, forgedEdit(groupKey))
    expected.push({
      id: inGroup,
      name: "a member's words are left alone",
      fits: (it) => !it.edited && it.body === 'canary-text in the group',
    })

    await world.caughtUp()
    const rows = await everything(world, [writer.pn, traffic.group.jid])
    for (const { id, name, fits } of expected) {
      const message = rows.find(({ waMessageId }) => waMessageId === id)
      check(message !== undefined && fits(message), `${name}: ${JSON.stringify(message)}`)
    }
    figure('changes', 8)
    figure('that were none', 4)
  },
}

const forgedEdit = (key: { remoteJid: string; fromMe: boolean; id: string; participant?: string }) => ({
  editedMessage: {
    message: {
      protocolMessage: {
        key,
        type: editType,
        editedMessage: { conversation: 'canary-text put into the mouth of another' },
        timestampMs: Date.now(),
      },
    },
  },
})

const everything = async ({ call, sessionId }: World, chats: string[]) =>
  (await Promise.all(chats.map((chat) => readChat(call, sessionId, chat)))).flat()
