import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../ports/store/errors.ts'
import { NoAnswer, NotConnected, NotWritten, Refused } from '../ports/whatsapp/calls.ts'
import { budi, own, rina } from '../store/behaviour/examples.behaviour.ts'
import { outboxForEachTest } from './test-outbox.ts'

const { session, connect, tell, restarted, accept, send, statusOf, idsWritten, until } = outboxForEachTest()

describe('on a connection that breaks', () => {
  const lost = async () => {
    throw new NotConnected('the connection has ended')
  }

  test('it is sent again on the next one, under the same id and with the same content', async () => {
    session.whatsapp = lost
    const id = await accept('A')
    const sending = session.outbox.send('A', rina, { withinMs: 5_000 })
    await until(async () => (await session.store.findOutgoing(session.owned.sessionId, 'A'))?.claimed)
    session.whatsapp = async () => 'ack'
    session.client = connect()
    session.outbox.resume()
    await sending
    expect(await statusOf(id)).toBe('sent')
    expect(session.written).toMatchObject([{ id: 'A', bytes: Buffer.from('text of A') }])
  })

  test('after a restart too, but not on the same connection', async () => {
    session.whatsapp = async () => 'silence'
    await accept('A')
    await expect(session.outbox.send('A', rina, { withinMs: 20 })).rejects.toThrow(NoAnswer)
    session.outbox.resume()
    await send('B', rina, 20).catch(() => {})
    await until(() => session.written.length === 2)
    expect(idsWritten()).toEqual(['A', 'B'])
    session.outbox = restarted()
    session.outbox.resume()
    await until(() => session.written.length === 4)
    expect(idsWritten()).toEqual(['A', 'B', 'A', 'B'])
  })

  test('not when it is older than a quarter of an hour: it waits for a receipt', async () => {
    session.whatsapp = lost
    const id = await accept('A')
    await session.outbox.send('A', rina, { withinMs: 20 }).catch(() => {})
    await until(async () => (await session.store.findOutgoing(session.owned.sessionId, 'A'))?.claimed)
    session.now += 15 * 60_000
    session.whatsapp = async () => 'ack'
    session.client = connect()
    session.outbox.resume()
    await send('B')
    expect(idsWritten()).toEqual(['B'])
    await tell([{ kind: 'receipt', target: own('A'), status: 'delivered', at: session.now }], [])
    expect(await statusOf(id)).toBe('delivered')
  })
})

describe('before anything of it was written', () => {
  const refused = (code: string) => () => Promise.reject(new Refused(code))
  const claims = async (id: string) => (await session.store.findOutgoing(session.owned.sessionId, id))?.claimed?.times

  test.each(['404', '403', 'not_on_whatsapp'])('what WhatsApp refuses (%s) has failed', async (code) => {
    session.prepare = refused(code)
    const id = await send('A')
    expect(await statusOf(id)).toBe('failed')
    expect((await session.store.failureOf(session.owned.sessionId, id))?.code).toBe(code)
    expect(session.written).toEqual([])
  })

  test('so has what it refuses while the library sends it', async () => {
    session.whatsapp = async () => {
      throw new NotWritten('', { cause: new Refused('404') })
    }
    expect(await statusOf(await send('A'))).toBe('failed')
  })

  test('one that may have been written earlier is not failed by it', async () => {
    session.whatsapp = async () => {
      throw new NotConnected('the connection has ended')
    }
    const id = await accept('A')
    await session.outbox.send('A', rina, { withinMs: 20 }).catch(() => {})
    await until(() => claims('A'))
    session.prepare = refused('404')
    session.client = connect()
    session.outbox.resume()
    await send('B', budi)
    expect(await statusOf(id)).toBe('pending')
  })

  test.each([
    ['it is busy', () => new Refused('503')],
    ['it does not answer', () => new NoAnswer('')],
    ['the library fails', () => new TypeError('')],
  ])('%s: it is tried again, on the same connection, as if for the first time', async (_, error) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const seen: (number | undefined)[] = []
    session.whatsapp = async () => {
      seen.push(await claims('A'))
      if (seen.length > 1) return 'ack'
      throw new NotWritten('', { cause: error() })
    }
    await accept('A')
    const sending = session.outbox.send('A', rina, { withinMs: 60_000 })
    while (vi.getTimerCount() < 2) await new Promise(setImmediate)
    expect(await claims('A')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(5_000)
    vi.useRealTimers()
    await sending
    expect(seen).toEqual([1, 1])
    expect(idsWritten()).toEqual(['A'])
  })

  describe('nothing overtakes it in its chat', () => {
    /** Rina's chat cannot be prepared until it is told so. */
    const busyFor = (times: number) => {
      let left = times
      session.prepare = async () => {
        left -= 1
        if (left >= 0) throw new Refused('503')
      }
    }
    const quietly = (id: string, to = rina) => session.outbox.send(id, to, { withinMs: 900_000 }).catch(() => {})
    /** Lets the planned retry come, until this is true. */
    const afterRetries = async (check: () => unknown) => {
      while (!(await check())) {
        await vi.advanceTimersByTimeAsync(60_000)
        await new Promise(setImmediate)
      }
    }
    beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
    afterEach(() => vi.useRealTimers())

    test('neither the next message nor one that waits for its turn; other chats do', async () => {
      busyFor(1)
      await accept('A')
      const first = quietly('A')
      while (vi.getTimerCount() < 2) await new Promise(setImmediate)
      await accept('B')
      await accept('C', rina, true)
      await accept('D', budi)
      const others = [quietly('B'), quietly('D', budi)]
      session.outbox.resume()
      await afterRetries(() => session.written.length === 4)
      await Promise.all([first, ...others])
      expect(idsWritten().filter((id) => id !== 'D')).toEqual(['A', 'B', 'C'])
    })

    test('one that waits for its turn delays no other chat', async () => {
      session.prepare = () => Promise.reject(new Refused('503'))
      session.client = { ...connect(), prepareChat: async (to) => (to === rina ? session.prepare() : undefined) }
      await accept('A', rina, true)
      await accept('B', budi, true)
      session.outbox.resume()
      while (session.written.length === 0) await new Promise(setImmediate)
      expect(idsWritten()).toEqual(['B'])
    })

    test('when it was cancelled, the next one goes', async () => {
      session.prepare = () => Promise.reject(new Refused('503'))
      const id = await accept('A')
      void quietly('A')
      while (vi.getTimerCount() < 2) await new Promise(setImmediate)
      await session.store.cancelOutgoing(session.owned, id, { code: 'cancelled', words: 'cancelled' }, session.now)
      session.prepare = async () => {}
      await accept('B')
      await quietly('B')
      expect(idsWritten()).toEqual(['B'])
    })

    test('for ten minutes', async () => {
      let tries = 0
      session.whatsapp = async ({ id }) => {
        if (id === 'B') return 'ack'
        tries += 1
        throw new NotWritten('', { cause: new Refused('503') })
      }
      await accept('A')
      void quietly('A')
      await afterRetries(() => tries === 2)
      await accept('B')
      void quietly('B')
      await afterRetries(() => tries >= 4)
      expect(session.written).toEqual([])
      session.now += 10 * 60_000
      await afterRetries(() => session.written.length === 1)
      expect(idsWritten()).toEqual(['B'])
    })
  })

  test('a chat whose query hangs delays no other chat', async () => {
    const hanging = Promise.withResolvers<void>()
    const others = ['B', 'C', 'D', 'E', 'F', 'G'].map((id) => `${id}@s.whatsapp.net`)
    session.client = { ...connect(), prepareChat: (to) => (to === budi ? Promise.resolve() : hanging.promise) }
    const waiting = [send('A'), ...others.map((to) => send(to, to))]
    await send('Z', budi)
    expect(idsWritten()).toEqual(['Z'])
    hanging.resolve()
    await Promise.all(waiting)
  })
})

test('when the store cannot claim it, it is tried again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let failures = 1
  session.outbox = restarted({
    claimOutgoing: (...args) => {
      failures -= 1
      return failures < 0 ? session.store.claimOutgoing(...args) : Promise.reject(new StoreUnavailable('locked'))
    },
  })
  await accept('A')
  const sending = session.outbox.send('A', rina, { withinMs: 60_000 })
  while (vi.getTimerCount() < 2) await new Promise(setImmediate)
  expect(session.written).toEqual([])
  await vi.advanceTimersByTimeAsync(5_000)
  vi.useRealTimers()
  await sending
  expect(idsWritten()).toEqual(['A'])
})
