import { beforeEach, describe, expect, test } from 'vitest'
import { NoAnswer, NotConnected } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import { budi, rina } from '../store/behaviour/examples.behaviour.ts'
import { expiresIn, outboxForEachTest } from './test-outbox.ts'

const { session, connect, answered, accept, send, statusOf, idsWritten, until } = outboxForEachTest()

test('a message is written once, and sent when WhatsApp has acknowledged it', async () => {
  const id = await send('A')
  expect(await statusOf(id)).toBe('sent')
  expect(session.written).toEqual([{ to: rina, id: 'A', bytes: Buffer.from('text of A') }])
  session.outbox.resume()
  await send('B')
  expect(idsWritten()).toEqual(['A', 'B'])
})

test('it is claimed before it is written', async () => {
  let claimed: boolean | undefined
  session.whatsapp = async ({ id }) => {
    claimed = (await session.store.findOutgoing(session.owned.sessionId, id))?.claimed !== undefined
    return 'ack'
  }
  await send('A')
  expect(claimed).toBe(true)
})

test('a refusal ends it as failed', async () => {
  session.whatsapp = async () => '463'
  const id = await send('A')
  expect(await statusOf(id)).toBe('failed')
  expect((await session.store.failureOf(session.owned.sessionId, id))?.code).toBe('463')
})

test('without an answer the wait ends, and a late answer counts', async () => {
  session.whatsapp = async () => 'silence'
  const id = await accept('A')
  await expect(session.outbox.send('A', rina, { withinMs: 20 })).rejects.toThrow(NoAnswer)
  expect(await statusOf(id)).toBe('pending')
  await answered('A')
  expect(await statusOf(id)).toBe('sent')
})

test('a caller who leaves changes nothing', async () => {
  session.whatsapp = async () => 'silence'
  await accept('A')
  const gone = AbortSignal.abort()
  await expect(session.outbox.send('A', rina, { withinMs: 5_000, signal: gone })).rejects.toThrow(NoAnswer)
  await until(() => session.written.length === 1)
})

test('who waits for a message that is cancelled is answered at once', async () => {
  const asked = Promise.withResolvers<void>()
  session.prepare = () => {
    asked.resolve()
    return new Promise(() => {})
  }
  const id = await accept('A')
  const sending = session.outbox.send('A', rina, { withinMs: 60_000 })
  await asked.promise
  const cancelled = { code: 'cancelled', words: 'it was cancelled before it was sent' } as const
  expect(await session.store.cancelOutgoing(session.owned, id, cancelled, session.now)).toBe(true)
  session.outbox.cancelled('A')
  await sending
  expect(await statusOf(id)).toBe('failed')
  expect(session.written).toEqual([])
})

describe('without a connection', () => {
  test('nobody waits, and the message is sent when there is one', async () => {
    session.client = undefined
    const id = await accept('A')
    await expect(session.outbox.send('A', rina, { withinMs: 5_000 })).rejects.toThrow(NotConnected)
    expect(await statusOf(id)).toBe('pending')
    session.client = connect()
    session.outbox.resume()
    await send('B')
    expect(idsWritten()).toEqual(['A', 'B'])
  })

  test('others wait for one, in the order in which they were accepted', async () => {
    session.client = undefined
    for (const id of ['A', 'B', 'C']) await accept(id)
    session.outbox.resume()
    session.client = connect()
    session.outbox.resume()
    await send('D')
    expect(idsWritten()).toEqual(['A', 'B', 'C', 'D'])
  })

  test('what is not sent in its time has expired', async () => {
    session.client = undefined
    const id = await accept('A')
    session.now += expiresIn
    session.client = connect()
    session.outbox.resume()
    await until(async () => (await statusOf(id)) === 'failed')
    expect((await session.store.failureOf(session.owned.sessionId, id))?.code).toBe('expired')
    expect(session.written).toEqual([])
  })
})

test('a chat whose message hangs delays no other chat, and its own messages keep their order', async () => {
  const hanging = Promise.withResolvers<'ack'>()
  session.whatsapp = ({ id }) => (id === 'A' ? hanging.promise : Promise.resolve('ack'))
  const first = send('A')
  await until(async () => (await session.store.findOutgoing(session.owned.sessionId, 'A'))?.claimed)
  const second = send('B')
  await send('C', budi)
  hanging.resolve('ack')
  await Promise.all([first, second])
  expect(idsWritten()).toEqual(['C', 'A', 'B'])
})

test('what cannot be made has failed', async () => {
  session.client = { ...connect(), composeMessage: () => Promise.reject(new TypeError('no')) }
  const id = await send('A')
  expect(await statusOf(id)).toBe('failed')
  expect(session.written).toEqual([])
})

describe('typing', () => {
  let presences: string[]
  beforeEach(() => {
    presences = []
    session.settings.presenceTyping = true
    session.client = {
      ...connect(),
      sendChatPresence: async (_to, state) => void presences.push(state),
    } as WhatsAppClient
  })

  test('is shown before a text', async () => {
    let shown: string[] = []
    session.whatsapp = async () => {
      shown = [...presences]
      return 'ack'
    }
    await send('A', rina, 15_000)
    expect([idsWritten(), shown]).toEqual([['A'], ['composing']])
  })

  test('a presence that cannot be sent does not keep the message', async () => {
    session.client = {
      ...connect(),
      sendChatPresence: () => Promise.reject(new NotConnected('gone')),
    } as WhatsAppClient
    await send('A')
    expect(idsWritten()).toEqual(['A'])
  })
})
