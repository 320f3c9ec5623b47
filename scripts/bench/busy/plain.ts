/** Sessions that get messages without encryption, which cost their sender little. */
import { setTimeout as pause } from 'node:timers/promises'
import { enlist, type Member } from '../../faults/harness/fleet.ts'
import { newId, stanza } from '../../faults/harness/stanza.ts'
import { until } from '../../faults/harness/until.ts'
import { openWorld, type World } from '../../faults/harness/world.ts'
import { allocatorSettings, type Subject } from './subject.ts'

/** A contact writes to so many sessions. */
const perContact = 10
/** A session is logged in in a tenth of a second. */
const loginMs = 300
const words = 'canary-text and what else people write all day long. '

/** @param textBytes of each message */
export const plainSessions = async (count: number, textBytes: number): Promise<Subject> => {
  const world = await openWorld({ bare: true })
  try {
    // The first start creates the folder and its key.
    await (await world.start({ offline: true })).kill('SIGTERM')
    const members = await enlist(world, count)
    const { url, rss } = await world.start({ offline: true, env: allocatorSettings() })
    await until(
      'all to be connected',
      () => world.loopback.stats.online === count || undefined,
      60_000 + count * loginMs,
    )
    return {
      url,
      token: world.token,
      page: `/sessions/${members[0]?.sessionId}`,
      rss: async () => rss(),
      drive: driver(world, members, words.repeat(Math.ceil(textBytes / words.length)).slice(0, textBytes)),
      close: world.close,
    }
  } catch (error) {
    await world.close()
    throw error
  }
}

const driver = ({ loopback }: World, members: Member[], text: string): Subject['drive'] => {
  const contacts = Array.from({ length: Math.ceil(members.length / perContact) }, (_, n) =>
    loopback.account({ pn: `62855${String(1_000_000 + n)}`, name: `Contact ${n}` }),
  )
  const deliver = (n: number, id: string) => {
    const [member, contact] = [members[n % members.length], contacts[n % contacts.length]]
    if (member === undefined || contact === undefined) throw new Error('nobody to write to')
    const message = { conversation: text }
    member.companion.deliver(stanza({ id, from: contact.pn, message, attrs: { sender_lid: contact.lid } }))
  }

  return async (count, perSecond) => {
    const due = new Map<string, number>()
    const lags: number[] = []
    const end = loopback.on('receipt', ({ messageId }) => {
      const at = due.get(messageId)
      if (at !== undefined && due.delete(messageId)) lags.push(performance.now() - at)
    })
    const began = performance.now()
    for (let n = 0; n < count; n += 1) {
      const at = perSecond === 0 ? began : began + (n * 1_000) / perSecond
      const early = at - performance.now()
      if (early > 0) await pause(early)
      const id = newId()
      due.set(id, at)
      deliver(n, id)
    }
    await until('the receipts', () => due.size === 0 || undefined, 600_000)
    end()
    return lags
  }
}
