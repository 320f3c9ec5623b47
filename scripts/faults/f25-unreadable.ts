import type { Fault } from './fault.ts'
import { type Message, readChat } from './harness/stored.ts'
import { until } from './harness/until.ts'

/** The library's bound, which holds for the questions of receivers, too: they ask five times of each device. */
const mostAsked = 12

export const unreadable: Fault = {
  id: 'F25',
  name: 'messages that cannot be decrypted',
  injection: 'messages whose encryption is broken one to four times, until the sender sends them whole; and forever',
  promise: 'a placeholder, then the message in its place; asked for a bounded number of times; others go on',
  async run({ open, figure, check }) {
    const world = await open({ unreadable: true })
    const { traffic, loopback, companion, call, sessionId } = world
    const [chat] = traffic.contacts
    const corrupted = [1, 2, 3, 4]
    for (const corrupt of corrupted) await traffic.direct(chat, { corrupt })
    const never = await chat.phone.send(world.owner.pn, 'canary-text that nobody reads', { corrupt: 1_000 })
    await traffic.direct(chat)
    const rows = await until(
      'all that can be read to be read',
      async () => {
        const found = await readChat(call, sessionId, chat.pn)
        const isWhole = [...traffic.sent.values()].every(({ id, text }) => isRead(found, id, text))
        return isWhole ? found : undefined
      },
      30_000,
    )
    check(rows.filter(({ waMessageId }) => waMessageId === never).length <= 1, 'one placeholder at most')
    const asked = () => loopback.ledger.of(companion.jid, never).filter(({ type }) => type === 'retry').length
    check(asked() <= mostAsked, `asked for a bounded number of times: ${asked()}`)
    figure('broken and read in the end', corrupted.length)
    figure('asked for what is never whole', asked())
  },
}

const isRead = (rows: Message[], id: string, text: string) => {
  const found = rows.filter(({ waMessageId }) => waMessageId === id)
  return found.length === 1 && found[0]?.body === text
}
