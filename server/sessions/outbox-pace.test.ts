import { describe, expect, test } from 'vitest'
import { budi, rina } from '../store/behaviour/examples.behaviour.ts'
import { expiresIn, outboxForEachTest } from './test-outbox.ts'

const { session, connect, restarted, accept, send, statusOf, idsWritten, until } = outboxForEachTest()

describe('messages that may wait', () => {
  const rates = (ratePerMin: number) => {
    session.settings.ratePerMin = ratePerMin
    return session.store.updateSession(
      session.owned.sessionId,
      { ratePerMin, ratePerHour: 0, newChatsPerDay: 0 },
      session.now,
    )
  }

  test('go out at once without a pace, in the order of their chat', async () => {
    await rates(0)
    for (const id of ['A', 'B', 'C']) await accept(id, rina, true)
    session.outbox.resume()
    await until(() => session.written.length === 3)
    expect(idsWritten()).toEqual(['A', 'B', 'C'])
  })

  test('one that takes long does not leave the next ones of its chat behind', async () => {
    await rates(0)
    const gate = Promise.withResolvers<void>()
    session.prepare = () => gate.promise
    let inVain = 0
    session.outbox = restarted({
      nextWaiting: async (sessionId, except, now) => {
        const found = await session.store.nextWaiting(sessionId, except, now)
        if (except.includes(rina) && found === undefined) inVain += 1
        return found
      },
    })
    for (const id of ['A', 'B', 'C']) await accept(id, rina, true)
    session.outbox.resume()
    await until(() => inVain > 0)
    gate.resolve()
    await until(() => session.written.length === 3)
    expect(idsWritten()).toEqual(['A', 'B', 'C'])
  })

  test('wait for their tokens, after a restart too, and a raised rate lets them go', async () => {
    await rates(1)
    await accept('A', rina, true)
    await accept('B', budi, true)
    session.outbox.resume()
    await until(() => session.written.length === 1)
    session.outbox = restarted()
    session.outbox.resume()
    await until(async () => (await session.store.nextWaiting(session.owned.sessionId, [], session.now)) !== undefined)
    expect(await session.store.nextWaiting(session.owned.sessionId, [], session.now)).toEqual({ waitMs: 60_000 })
    expect(idsWritten()).toEqual(['A'])
    await rates(2)
    session.outbox.resume()
    await until(() => session.written.length === 2)
  })

  test('what comes later into their chat goes after them, and other chats do not wait', async () => {
    await rates(4)
    session.client = undefined
    await accept('A', rina, true)
    await accept('B', rina)
    session.client = connect()
    await send('C', budi)
    await session.outbox.send('B', rina, { withinMs: 5_000 })
    expect(idsWritten().filter((id) => id !== 'C')).toEqual(['A', 'B'])
  })

  test('who waits to begin a chat does not hold up others', async () => {
    await session.store.updateSession(
      session.owned.sessionId,
      { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 1 },
      session.now,
    )
    await send('first', '6281200000001@s.whatsapp.net')
    await accept('stranger', budi, true)
    await accept('known', '6281200000001@s.whatsapp.net', true)
    session.outbox.resume()
    await until(() => session.written.length === 2)
    expect(idsWritten()).toEqual(['first', 'known'])
  })

  test('one that has expired fails though the pace lets nothing go', async () => {
    await rates(1)
    await send('A')
    const id = await accept('B', budi, true)
    session.now += expiresIn
    await session.store.updateSession(session.owned.sessionId, { ratePerMin: 1 }, session.now)
    session.outbox.resume()
    await until(async () => (await statusOf(id)) === 'failed')
    expect(idsWritten()).toEqual(['A'])
  })
})
