import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Owned } from '../model/owned.ts'
import { StoreUnavailable } from '../ports/store/errors.ts'
import type { Store } from '../ports/store/store.ts'
import { NoAnswer, NotConnected, NotWritten, Refused, type Stanza } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { budi, freshSession, own, rina } from '../store/behaviour/examples.behaviour.ts'
import { createSealer } from '../store/seal.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { createOutbox, type Outbox } from './outbox.ts'

let folder: string
let store: Store
let owned: Owned
let outbox: Outbox
let now: number
let settings: { ratePerMin: number; presenceTyping: boolean }
/** What reached WhatsApp, of all connections. */
let written: Stanza[]
let open: WhatsAppClient | undefined
/** Called for each stanza: WhatsApp acknowledges unless it throws or says otherwise. */
/** What it throws, fetching members, devices and keys throws. */
let prepare: () => Promise<void>
let whatsapp: (stanza: Stanza) => Promise<'ack' | 'silence' | `${number}`>

const expiresIn = 15 * 60_000

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-outbox-'))
  store = await openSqliteStore({ file: join(folder, 'parley.sqlite'), sealer: createSealer(randomBytes(32)) })
  const lease = await store.acquire(await freshSession(store))
  if (lease === undefined) throw new Error('no lease')
  owned = lease.owned
  now = 1_790_000_000_000
  settings = { ratePerMin: 0, presenceTyping: false }
  written = []
  whatsapp = async () => 'ack'
  prepare = async () => {}
  open = connect()
  outbox = restarted()
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

/** A client that is connected. */
const connect = () =>
  ({
    composeMessage: async ({ draft }: { draft: { text: string } }) => ({ bytes: Buffer.from(draft.text) }),
    prepareChat: () => prepare(),
    sendMessage: async (stanza: Stanza) => {
      const answer = await whatsapp(stanza)
      written.push(stanza)
      if (answer !== 'silence') await answered(stanza.id, answer)
    },
  }) as unknown as WhatsAppClient

const answered = (id: string, answer: 'ack' | `${number}` = 'ack') => {
  const failure = { code: answer, words: 'refused' }
  return tell([{ kind: 'outcome', id, at: now, ...(answer !== 'ack' && { failure }) }], [])
}

const tell: Parameters<typeof createOutbox>[0]['ingest'] = async (facts) => {
  await store.ingest(owned, facts, now)
  outbox.heard(facts)
}

/** The file of each message with one. */
const files = { locate: async () => undefined, discard: async () => {} }

/** As after a restart of the process. */
const restarted = (over: Partial<Store> = {}) =>
  createOutbox({
    owned,
    store: { ...store, ...over },
    ingest: tell,
    files,
    client: () => open,
    settings: () => settings,
    clock: () => now,
    random: () => 0,
    log: { debug: () => {}, warn: () => {} },
  })

const accept = async (id: string, to = rina, mayWait = false) => {
  const text = `text of ${id}`
  const fact = own(id, { chat: to, body: text, status: 'pending', timestamp: now })
  const made = { fact, draft: { type: 'text' as const, text }, expiresAt: now + expiresIn, mayWait }
  return JSON.parse(await store.acceptMessage(owned, made, now)).id as string
}

const send = async (id: string, to = rina, withinMs = 5_000) => {
  const messageId = await accept(id, to)
  await outbox.send(id, to, { withinMs })
  return messageId
}

const statusOf = async (messageId: string) =>
  JSON.parse((await store.getMessage(owned.sessionId, messageId)) ?? '{}').status
const idsWritten = () => written.map(({ id }) => id)
const until = (check: () => unknown) => vi.waitUntil(check, { timeout: 5_000, interval: 5 })

test('a message is written once, and sent when WhatsApp has acknowledged it', async () => {
  const id = await send('A')
  expect(await statusOf(id)).toBe('sent')
  expect(written).toEqual([{ to: rina, id: 'A', bytes: Buffer.from('text of A') }])
  outbox.resume()
  await send('B')
  expect(idsWritten()).toEqual(['A', 'B'])
})

test('it is claimed before it is written', async () => {
  let claimed: boolean | undefined
  whatsapp = async ({ id }) => {
    claimed = (await store.findOutgoing(owned.sessionId, id))?.claimed !== undefined
    return 'ack'
  }
  await send('A')
  expect(claimed).toBe(true)
})

test('a refusal ends it as failed', async () => {
  whatsapp = async () => '463'
  const id = await send('A')
  expect(await statusOf(id)).toBe('failed')
  expect((await store.failureOf(owned.sessionId, id))?.code).toBe('463')
})

test('without an answer the wait ends, and a late answer counts', async () => {
  whatsapp = async () => 'silence'
  const id = await accept('A')
  await expect(outbox.send('A', rina, { withinMs: 20 })).rejects.toThrow(NoAnswer)
  expect(await statusOf(id)).toBe('pending')
  await answered('A')
  expect(await statusOf(id)).toBe('sent')
})

test('a caller who leaves changes nothing', async () => {
  whatsapp = async () => 'silence'
  await accept('A')
  const gone = AbortSignal.abort()
  await expect(outbox.send('A', rina, { withinMs: 5_000, signal: gone })).rejects.toThrow(NoAnswer)
  await until(() => written.length === 1)
})

describe('without a connection', () => {
  test('nobody waits, and the message is sent when there is one', async () => {
    open = undefined
    const id = await accept('A')
    await expect(outbox.send('A', rina, { withinMs: 5_000 })).rejects.toThrow(NotConnected)
    expect(await statusOf(id)).toBe('pending')
    open = connect()
    outbox.resume()
    await send('B')
    expect(idsWritten()).toEqual(['A', 'B'])
  })

  test('others wait for one, in the order in which they were accepted', async () => {
    open = undefined
    for (const id of ['A', 'B', 'C']) await accept(id)
    outbox.resume()
    open = connect()
    outbox.resume()
    await send('D')
    expect(idsWritten()).toEqual(['A', 'B', 'C', 'D'])
  })

  test('what is not sent in its time has expired', async () => {
    open = undefined
    const id = await accept('A')
    now += expiresIn
    open = connect()
    outbox.resume()
    await until(async () => (await statusOf(id)) === 'failed')
    expect((await store.failureOf(owned.sessionId, id))?.code).toBe('expired')
    expect(written).toEqual([])
  })
})

describe('on a connection that breaks', () => {
  const lost = async () => {
    throw new NotConnected('the connection has ended')
  }

  test('it is sent again on the next one, under the same id and with the same content', async () => {
    whatsapp = lost
    const id = await accept('A')
    const sending = outbox.send('A', rina, { withinMs: 5_000 })
    await until(async () => (await store.findOutgoing(owned.sessionId, 'A'))?.claimed)
    whatsapp = async () => 'ack'
    open = connect()
    outbox.resume()
    await sending
    expect(await statusOf(id)).toBe('sent')
    expect(written).toMatchObject([{ id: 'A', bytes: Buffer.from('text of A') }])
  })

  test('after a restart too, but not on the same connection', async () => {
    whatsapp = async () => 'silence'
    await accept('A')
    await expect(outbox.send('A', rina, { withinMs: 20 })).rejects.toThrow(NoAnswer)
    outbox.resume()
    await send('B', rina, 20).catch(() => {})
    await until(() => written.length === 2)
    expect(idsWritten()).toEqual(['A', 'B'])
    outbox = restarted()
    outbox.resume()
    await until(() => written.length === 4)
    expect(idsWritten()).toEqual(['A', 'B', 'A', 'B'])
  })

  test('not when it is older than a quarter of an hour: it waits for a receipt', async () => {
    whatsapp = lost
    const id = await accept('A')
    await outbox.send('A', rina, { withinMs: 20 }).catch(() => {})
    await until(async () => (await store.findOutgoing(owned.sessionId, 'A'))?.claimed)
    now += 15 * 60_000
    whatsapp = async () => 'ack'
    open = connect()
    outbox.resume()
    await send('B')
    expect(idsWritten()).toEqual(['B'])
    await tell([{ kind: 'receipt', target: own('A'), status: 'delivered', at: now }], [])
    expect(await statusOf(id)).toBe('delivered')
  })
})

test('a chat whose message hangs delays no other chat, and its own messages keep their order', async () => {
  const hanging = Promise.withResolvers<'ack'>()
  whatsapp = ({ id }) => (id === 'A' ? hanging.promise : Promise.resolve('ack'))
  const first = send('A')
  await until(async () => (await store.findOutgoing(owned.sessionId, 'A'))?.claimed)
  const second = send('B')
  await send('C', budi)
  hanging.resolve('ack')
  await Promise.all([first, second])
  expect(idsWritten()).toEqual(['C', 'A', 'B'])
})

test('what cannot be made has failed', async () => {
  open = { ...connect(), composeMessage: () => Promise.reject(new TypeError('no')) }
  const id = await send('A')
  expect(await statusOf(id)).toBe('failed')
  expect(written).toEqual([])
})

describe('before anything of it was written', () => {
  const refused = (code: string) => () => Promise.reject(new Refused(code))
  const claims = async (id: string) => (await store.findOutgoing(owned.sessionId, id))?.claimed?.times

  test.each(['404', '403', 'not_on_whatsapp'])('what WhatsApp refuses (%s) has failed', async (code) => {
    prepare = refused(code)
    const id = await send('A')
    expect(await statusOf(id)).toBe('failed')
    expect((await store.failureOf(owned.sessionId, id))?.code).toBe(code)
    expect(written).toEqual([])
  })

  test('so has what it refuses while the library sends it', async () => {
    whatsapp = async () => {
      throw new NotWritten('', { cause: new Refused('404') })
    }
    expect(await statusOf(await send('A'))).toBe('failed')
  })

  test('one that may have been written earlier is not failed by it', async () => {
    whatsapp = async () => {
      throw new NotConnected('the connection has ended')
    }
    const id = await accept('A')
    await outbox.send('A', rina, { withinMs: 20 }).catch(() => {})
    await until(() => claims('A'))
    prepare = refused('404')
    open = connect()
    outbox.resume()
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
    whatsapp = async () => {
      seen.push(await claims('A'))
      if (seen.length > 1) return 'ack'
      throw new NotWritten('', { cause: error() })
    }
    await accept('A')
    const sending = outbox.send('A', rina, { withinMs: 60_000 })
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
      prepare = async () => {
        left -= 1
        if (left >= 0) throw new Refused('503')
      }
    }
    const quietly = (id: string, to = rina) => outbox.send(id, to, { withinMs: 900_000 }).catch(() => {})
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
      outbox.resume()
      await afterRetries(() => written.length === 4)
      await Promise.all([first, ...others])
      expect(idsWritten().filter((id) => id !== 'D')).toEqual(['A', 'B', 'C'])
    })

    test('one that waits for its turn delays no other chat', async () => {
      prepare = () => Promise.reject(new Refused('503'))
      open = { ...connect(), prepareChat: async (to) => (to === rina ? prepare() : undefined) }
      await accept('A', rina, true)
      await accept('B', budi, true)
      outbox.resume()
      while (written.length === 0) await new Promise(setImmediate)
      expect(idsWritten()).toEqual(['B'])
    })

    test('when it was cancelled, the next one goes', async () => {
      prepare = () => Promise.reject(new Refused('503'))
      const id = await accept('A')
      void quietly('A')
      while (vi.getTimerCount() < 2) await new Promise(setImmediate)
      await store.cancelOutgoing(owned, id, { code: 'cancelled', words: 'cancelled' }, now)
      prepare = async () => {}
      await accept('B')
      await quietly('B')
      expect(idsWritten()).toEqual(['B'])
    })

    test('for ten minutes', async () => {
      let tries = 0
      whatsapp = async ({ id }) => {
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
      expect(written).toEqual([])
      now += 10 * 60_000
      await afterRetries(() => written.length === 1)
      expect(idsWritten()).toEqual(['B'])
    })
  })

  test('a chat whose query hangs delays no other chat', async () => {
    const hanging = Promise.withResolvers<void>()
    const others = ['B', 'C', 'D', 'E', 'F', 'G'].map((id) => `${id}@s.whatsapp.net`)
    open = { ...connect(), prepareChat: (to) => (to === budi ? Promise.resolve() : hanging.promise) }
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
  outbox = restarted({
    claimOutgoing: (...args) => {
      failures -= 1
      return failures < 0 ? store.claimOutgoing(...args) : Promise.reject(new StoreUnavailable('locked'))
    },
  })
  await accept('A')
  const sending = outbox.send('A', rina, { withinMs: 60_000 })
  while (vi.getTimerCount() < 2) await new Promise(setImmediate)
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(5_000)
  vi.useRealTimers()
  await sending
  expect(idsWritten()).toEqual(['A'])
})

describe('messages that may wait', () => {
  const rates = (ratePerMin: number) => {
    settings.ratePerMin = ratePerMin
    return store.updateSession(owned.sessionId, { ratePerMin, ratePerHour: 0, newChatsPerDay: 0 }, now)
  }

  test('go out at once without a pace, in the order of their chat', async () => {
    await rates(0)
    for (const id of ['A', 'B', 'C']) await accept(id, rina, true)
    outbox.resume()
    await until(() => written.length === 3)
    expect(idsWritten()).toEqual(['A', 'B', 'C'])
  })

  test('wait for their tokens, after a restart too, and a raised rate lets them go', async () => {
    await rates(1)
    await accept('A', rina, true)
    await accept('B', budi, true)
    outbox.resume()
    await until(() => written.length === 1)
    outbox = restarted()
    outbox.resume()
    await until(async () => (await store.nextWaiting(owned.sessionId, [], now)) !== undefined)
    expect(await store.nextWaiting(owned.sessionId, [], now)).toEqual({ waitMs: 60_000 })
    expect(idsWritten()).toEqual(['A'])
    await rates(2)
    outbox.resume()
    await until(() => written.length === 2)
  })

  test('what comes later into their chat goes after them, and other chats do not wait', async () => {
    await rates(4)
    open = undefined
    await accept('A', rina, true)
    await accept('B', rina)
    open = connect()
    await send('C', budi)
    await outbox.send('B', rina, { withinMs: 5_000 })
    expect(idsWritten().filter((id) => id !== 'C')).toEqual(['A', 'B'])
  })

  test('who waits to begin a chat does not hold up others', async () => {
    await store.updateSession(owned.sessionId, { ratePerMin: 0, ratePerHour: 0, newChatsPerDay: 1 }, now)
    await send('first', '6281200000001@s.whatsapp.net')
    await accept('stranger', budi, true)
    await accept('known', '6281200000001@s.whatsapp.net', true)
    outbox.resume()
    await until(() => written.length === 2)
    expect(idsWritten()).toEqual(['first', 'known'])
  })

  test('one that has expired fails though the pace lets nothing go', async () => {
    await rates(1)
    await send('A')
    const id = await accept('B', budi, true)
    now += expiresIn
    await store.updateSession(owned.sessionId, { ratePerMin: 1 }, now)
    outbox.resume()
    await until(async () => (await statusOf(id)) === 'failed')
    expect(idsWritten()).toEqual(['A'])
  })
})

describe('typing', () => {
  let presences: string[]
  beforeEach(() => {
    presences = []
    settings.presenceTyping = true
    open = { ...connect(), sendChatPresence: async (_to, state) => void presences.push(state) } as WhatsAppClient
  })

  test('is shown before a text', async () => {
    let shown: string[] = []
    whatsapp = async () => {
      shown = [...presences]
      return 'ack'
    }
    await send('A', rina, 15_000)
    expect([idsWritten(), shown]).toEqual([['A'], ['composing']])
  })

  test('a presence that cannot be sent does not keep the message', async () => {
    open = { ...connect(), sendChatPresence: () => Promise.reject(new NotConnected('gone')) } as WhatsAppClient
    await send('A')
    expect(idsWritten()).toEqual(['A'])
  })
})
