import type { RepeatPolicy } from '../../loopback/index.ts'
import type { Fault } from './fault.ts'
import { type Chat, kindsOfChats, Phones } from './harness/receivers.ts'
import { killOnTheWay, type SendingPoint, sendWell, settled } from './harness/sending.ts'
import { until } from './harness/until.ts'
import type { World } from './harness/world.ts'

/** What the real WhatsApp does with a second message under one id is not known: each must be harmless. */
const policies: Record<string, RepeatPolicy> = {
  'delivered again': 'deliver',
  dropped: 'drop',
  refused: 400,
}
/** WhatsApp has the message, and the gateway does not know. */
const points: readonly SendingPoint[] = ['at WhatsApp', 'before the end is stored', 'end uncommitted']
const kinds = ['a person', 'a group']

export const repeatedIds: Fault = {
  id: 'F58',
  name: 'an id that WhatsApp gets twice',
  injection: `SIGKILL when WhatsApp has a message and the gateway does not know, at ${points.length} points, for a person and a group; the same id comes again after the restart, and WhatsApp delivers it again, drops it, or refuses it with 400; then the receivers read what they have`,
  promise:
    'each receiver shows the message once, the gateway says that it was sent (when it was refused: at the latest when somebody reads it), and the next one is readable',
  async run({ quick, random, open, say, figure, check }) {
    const world = await open({ shim: true })
    const phones = new Phones(world.loopback)
    const chats = kinds.flatMap((kind) => kindsOfChats[kind]?.(world, 0) ?? [])
    for (const chat of chats) await sendWell(world, chat)
    const all = Object.keys(policies).flatMap((policy) =>
      chats.flatMap((chat) => points.map((point) => ({ policy, chat, point }))),
    )
    const runs = quick ? random.shuffle(all).slice(0, 2) : all
    const counts = { reached: 0, again: 0 }
    const wrong: string[] = []
    for (const [index, { policy, chat, point }] of runs.entries()) {
      const text = `repeated ${index}`
      world.loopback.repeats.policy = policies[policy] ?? 'deliver'
      counts.reached += Number(await killOnTheWay(world, chat, text, point))
      await world.kill()
      await world.start()
      if (policy === 'refused') await readBy(world, chat)
      const stored = await settled(world, chat, text)
      counts.again += Number(world.loopback.submissions.of(stored?.waMessageId ?? '').some(({ nth }) => nth > 1))
      if (stored === undefined || stored.status === 'failed') wrong.push(`${policy}, ${point}: ${stored?.status}`)
      world.loopback.repeats.policy = 'deliver'
      await sendWell(world, chat, `next ${index}`)
      for (const receiver of chat.receivers)
        for (const one of [text, `next ${index}`]) {
          const shown = await phones.countOf(receiver, one, true)
          if (shown !== 1) wrong.push(`${policy}, ${point}: ${one}, ${shown} of ${receiver.pn}`)
        }
      if (index % 6 === 5) say(`${index + 1} of ${runs.length}`)
    }
    figure('points', runs.length)
    figure('reached', counts.reached)
    figure('ids that came twice', counts.again)
    if (!quick) check(counts.again > 0, 'ids came twice')
    check(wrong.length === 0, `what was sent is shown once, whatever WhatsApp does: ${wrong.slice(0, 5).join('; ')}`)
  },
}

/** A refusal says nothing of the first copy, and its receipt may have come in the moment of the kill: the next one proves it. */
const readBy = async ({ loopback, owner }: World, { jid, receivers }: Chat) => {
  const isGroup = loopback.groups().some((group) => group.jid === jid)
  for (const { phone } of receivers) {
    const newest = await until('the message to be shown', () =>
      phone.screen.messages.findLast(({ from }) => from === owner.pn),
    )
    phone.sendReceipt(isGroup ? jid : owner.pn, [newest.id])
  }
}
