import type { Fault } from './fault.ts'
import { few } from './harness/invariants.ts'
import { idOf, stanza } from './harness/stanza.ts'
import { readStored } from './harness/stored.ts'

/** Its sender, and the chat that it belongs to; undefined if it belongs to none. */
const cases: { from: string; attrs?: Record<string, string>; chat?: string }[] = [
  { from: '628555000001:7@s.whatsapp.net', chat: '628555000001@s.whatsapp.net' },
  { from: '628555000002:99@s.whatsapp.net', chat: '628555000002@s.whatsapp.net' },
  { from: '77555000003:12@lid', chat: '77555000003@lid' },
  {
    from: '120363000000000001@g.us',
    attrs: { participant: '628555000004:3@s.whatsapp.net' },
    chat: '120363000000000001@g.us',
  },
  {
    from: '628555000005-1600000000@g.us',
    attrs: { participant: '628555000004@s.whatsapp.net' },
    chat: '628555000005-1600000000@g.us',
  },
  { from: 'status@broadcast', attrs: { participant: '628555000006@s.whatsapp.net' } },
  { from: '1600000000@broadcast', attrs: { participant: '628555000007@s.whatsapp.net' } },
  { from: '120363000000000002@newsletter' },
  { from: '628555000008:5@hosted' },
  { from: '77555000009:5@hosted.lid' },
  { from: '628555000010@c.us' },
  { from: '628555000011@msgr' },
  { from: '628555000012@bot' },
  { from: '628555000013@nowhere' },
]

export const strangeAddresses: Fault = {
  id: 'F22',
  name: 'addresses of every kind',
  injection:
    'messages from addresses with a device, hosted ones, status, broadcast lists, channels, and of servers that do not exist',
  promise:
    'what comes after them arrives; a message of a person or group is in the chat of that person or group; no chat has an address with a device',
  async run({ open, figure, check }) {
    const world = await open()
    const sent = cases.map(({ from, attrs, chat }) => {
      const message = stanza({ from, ...(attrs && { attrs }) })
      world.companion.deliver(message)
      return { id: idOf(message), from, chat }
    })
    await world.caughtUp()
    const { chats, messages } = await readStored(world.call, world.sessionId)
    const wrong = sent.flatMap(({ id: own, from, chat }) => {
      const found = messages.filter(({ message }) => message.waMessageId === own).map((it) => it.chat)
      if (found.length > 1) return [`${from}: ${found.length} times`]
      return chat !== undefined && found[0] !== chat ? [`${from}: in ${found[0]}`] : []
    })
    check(wrong.length === 0, `each is where it belongs: ${few(wrong)}`)
    const devices = chats.map(({ jid }) => jid).filter((jid) => /[:_]\d+@/.test(jid))
    check(devices.length === 0, `no chat of a device: ${few(devices)}`)
    const unanswered = sent.filter(({ id }) => [...world.companion.queue].some(({ attrs }) => attrs.id === id))
    figure('kinds of address', cases.length)
    figure('left unanswered by the library', few(unanswered.map(({ from }) => from.replace(/.*@/, ''))))
    figure('chats', chats.length)
  },
}
