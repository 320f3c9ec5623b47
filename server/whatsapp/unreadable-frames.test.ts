/** Frames that cannot be decoded concern themselves alone. */
import { describe, expect, test, vi } from 'vitest'
import { node } from '../../loopback/index.ts'
import { inWorldsWithReports, now } from './test-unreadable.ts'
import type { LifeOptions, World } from './test-world.ts'

let world: World
let unreadable: string[]
let options: LifeOptions
const { texts } = inWorldsWithReports((made) => {
  ;({ world, unreadable, options } = made)
})

describe('a frame that cannot be decoded', () => {
  const frames = {
    'of an unknown token': 'f8020001ff',
    'cut off': '00f80201',
    empty: '',
    'compressed, and not': '02ffffffff',
    'of nothing': '00',
    'of a list without a name': '00f800',
  }

  test('is left out: the connection stays, and what follows is read', async () => {
    const life = world.begin({}, options)
    await life.event('open')
    await vi.waitFor(() => expect(world.companion.isOnline).toBe(true), 5_000)
    for (const [n, hex] of Object.values(frames).entries()) {
      world.companion.showBytes(Buffer.from(hex, 'hex'))
      await world.contact.phone.send(world.account.pn, `after ${n}`)
    }
    await life.fact((fact): fact is never => fact.kind === 'message' && fact.body === 'after 5')

    expect(life.events.map(({ type }) => type)).toEqual(['open'])
    expect(await texts()).toEqual(Object.keys(frames).map((_, n) => `after ${n}`))
    expect(unreadable).toContain('stanza')
    await life.client.close()
  })

  test('waits at WhatsApp with hundreds of its kind: they are left out at each login', async () => {
    // A JID without a server.
    for (let n = 0; n < 300; n += 1)
      world.companion.deliver(node('message', { id: `N${n}`, from: '@', type: 'text', t: now() }))
    await world.contact.phone.send(world.account.pn, 'behind them')
    for (const _ of ['first', 'second']) {
      const life = world.begin({}, options)
      await life.event('open')
      await vi.waitFor(async () => expect(await texts()).toEqual(['behind them']), 10_000)
      await life.client.close()
      expect(life.events.map(({ type }) => type)).toEqual(['open', 'closed'])
    }
  })

  test('repeated thousands of times, with nothing else: the connection ends, and the next one reads what follows', async () => {
    const life = world.begin({}, options)
    await life.event('open')
    await vi.waitFor(() => expect(world.companion.isOnline).toBe(true), 5_000)
    // Answers to the library's first questions come in between: some thousand are in a row all the same.
    for (let n = 0; n < 20_000; n += 1) world.companion.showBytes(Buffer.from('00f80201', 'hex'))
    expect(await life.event('closed')).toMatchObject({ reason: 'lost' })
    await world.contact.phone.send(world.account.pn, 'after')

    await world.settle(options)

    expect(await texts()).toEqual(['after'])
  })
})
