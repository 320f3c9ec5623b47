import type { Fault } from './fault.ts'
import { few } from './harness/invariants.ts'
import { idOf, stanza } from './harness/stanza.ts'
import type { Message } from './harness/stored.ts'
import type { World } from './harness/world.ts'

const year = 365 * 24 * 3_600

export const strangeTimes: Fault = {
  id: 'F23',
  name: 'times that make no sense',
  injection:
    'messages with timestamps 0, 1, in 2038 and 2106, in milliseconds, ten years ahead, 2^53, negative, empty, no number, and equal ones; live and in history',
  promise: 'one order, the same each time it is asked for, in pages of any size; every time a number',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const [chat] = world.traffic.contacts
    const now = Math.floor(Date.now() / 1000)
    const times = [
      '0',
      '1',
      '2147483648',
      '4294967295',
      String(Date.now()),
      String(now + 10 * year),
      '9007199254740993',
    ]
    const odd = ['-1', '', 'NaN', '1e400', '0x10', '99999999999999999999']
    const equal = Array.from({ length: quick ? 10 : 100 }, () => String(now - 60))
    const sent = random.shuffle([...times, ...odd, ...equal]).map((t) => {
      const message = stanza({ from: chat.pn, t, attrs: { sender_lid: chat.lid } })
      world.companion.deliver(message)
      return idOf(message)
    })
    const history = [0, 1, now * 1_000, (now + 10 * year) * 1_000, 4_294_967_295_000].map((at, index) => ({
      id: `HISTORY${index}`,
      at,
      content: 'canary-text of old',
    }))
    await world.owner.phone.sendHistory({ type: 'recent', chats: [{ jid: chat.pn, messages: history }] })
    await world.settled()

    const whole = await walk(world, chat.pn, 200)
    const missing = [...sent, ...history.map((it) => it.id)].filter(
      (each) => !whole.some(({ waMessageId }) => waMessageId === each),
    )
    check(missing.length === 0, `all are there: ${few(missing)}`)
    const timestamps = whole.map(({ timestamp }) => timestamp)
    const wrong = timestamps.filter((timestamp) => !Number.isSafeInteger(timestamp) || timestamp < 0)
    check(wrong.length === 0, `each time is a number: ${few(wrong.map(String))}`)
    const ordered = timestamps.every((timestamp, index) => index === 0 || (timestamps[index - 1] ?? 0) >= timestamp)
    check(ordered, 'newest first')
    for (const limit of [1, 3, 7, 50]) {
      const again = await walk(world, chat.pn, limit)
      const same = JSON.stringify(again.map((it) => it.id)) === JSON.stringify(whole.map((it) => it.id))
      check(same, `pages of ${limit} are the same walk: ${again.length} of ${whole.length}`)
    }
    figure('messages', whole.length)
    figure('walks', 5)
  },
}

const walk = async ({ call, sessionId }: World, cid: string, limit: number): Promise<Message[]> => {
  const all: Message[] = []
  let cursor = ''
  for (;;) {
    const { body } = await call('GET', `/sessions/${sessionId}/chats/${cid}/messages?limit=${limit}${cursor}`)
    const page = body as { data: Message[]; nextCursor: string | null }
    all.push(...page.data)
    if (page.nextCursor === null || all.length > 10_000) return all
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
  }
}
