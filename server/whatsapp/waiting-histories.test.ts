import { describe, expect, test, vi } from 'vitest'
import { inWorldsWithReports } from './test-unreadable.ts'
import type { Life, LifeOptions, Moment, World } from './test-world.ts'

let world: World
let unreadable: string[]
let options: LifeOptions
const { texts } = inWorldsWithReports((made) => {
  ;({ world, unreadable, options } = made)
})

describe('histories that come faster than they are read', () => {
  const count = 40
  const expected = Array.from({ length: count }, (_, n) => `old ${n}`)
  const sendAll = async () => {
    for (const [n, content] of expected.entries())
      await world.account.phone.sendHistory({
        type: 'recent',
        chats: [{ jid: world.contact.pn, messages: [{ id: `H${n}`, at: 1_700_000_000_000 + n, content }] }],
      })
  }
  const goesOn = async (life: Life, body: string) => {
    await world.contact.phone.send(world.account.pn, body)
    await life.fact((fact): fact is never => fact.kind === 'message' && fact.body === body)
  }
  const journal = () => world.store.listJournal('sess_1', { limit: 100 })
  /** A process that is kept from reading the first one. */
  const begin = async (more: LifeOptions = {}) => {
    const { promise, resolve: goOn } = Promise.withResolvers<void>()
    let reads = 0
    const waits = ({ call, when }: Moment) => {
      if (call !== 'findJournaled' || when === 'after') return undefined
      reads += 1
      return promise
    }
    const historyTiming = { retryMs: [60_000] }
    const life = world.begin({ waits }, { ...options, historyTiming, ...more })
    await life.event('open')
    return { life, goOn, reads: () => reads }
  }

  test('wait in the journal alone, and are stored on the same connection, once each; one without content waits for nothing', async () => {
    const { life, goOn, reads } = await begin()
    await world.account.phone.notifyHistory({ syncType: 3 })
    await sendAll()
    await goesOn(life, 'meanwhile')
    expect(await journal()).toHaveLength(count + 1)
    expect(reads()).toBe(1)

    goOn()
    await vi.waitFor(async () => expect(await texts()).toEqual([...expected, 'meanwhile']), 20_000)
    await vi.waitFor(async () => expect(await journal()).toEqual([]), 5_000)
    expect(reads()).toBeGreaterThan(count)
    expect(life.facts.filter((fact) => fact.kind === 'message')).toHaveLength(count + 1)
    expect(unreadable).toEqual(['history'])
    expect(life.events.filter(({ type }) => type === 'closed')).toEqual([])
  })

  test('are left for the next connection when they are too many, and that is said once', async () => {
    const { life, goOn } = await begin({ maxHistories: 5 })
    await sendAll()
    await goesOn(life, 'meanwhile')
    goOn()
    await vi.waitFor(async () => expect(await journal()).toHaveLength(count - 5), 20_000)
    expect(await texts()).toEqual([...expected.slice(0, 5), 'meanwhile'])
    expect(world.log.text().match(/too many at once/g)).toHaveLength(1)
    await life.client.close()

    await world.settle(options)
    expect(await texts()).toEqual([...expected, 'meanwhile'])
    expect(unreadable).toEqual([])
  })
})
