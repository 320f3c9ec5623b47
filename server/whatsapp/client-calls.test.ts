import { describe, expect, test } from 'vitest'
import { type Companion, isIq, type Loopback } from '../../loopback/index.ts'
import { type CallLimits, NoAnswer, NotConnected } from '../ports/whatsapp/calls.ts'
import { inLoopback } from './test-client.ts'
import type { Owned } from './test-support.ts'

let wa: Loopback
const { connect, pairAndOpen } = inLoopback((made) => {
  ;({ wa } = made)
})

describe('presence', () => {
  test.each(['composing', 'recording', 'paused'] as const)('%s reaches WhatsApp', async (state) => {
    const { client, companion } = await pairAndOpen()

    await client.sendChatPresence('6281111111111@s.whatsapp.net', state)

    const seen = await wa.next('chatstate', (event) => event.companion === companion.jid)
    expect(seen).toMatchObject({ state, to: '6281111111111@s.whatsapp.net' })
  })

  test('a client that is not open sends nothing', async () => {
    const { client, event } = connect()
    await event('qr')
    const before = wa.stats.stanzasIn

    await expect(client.sendChatPresence('6281111111111@s.whatsapp.net', 'composing')).rejects.toThrow(NotConnected)
    expect(wa.stats.stanzasIn).toBe(before)
  })
})

describe('a call in flight', () => {
  const isGroupQuestion = isIq('w:g2')

  /** An open connection, and a question about a group that WhatsApp has received and does not answer. */
  const unanswered = async (limits?: CallLimits) => {
    wa.faults.onIq(isGroupQuestion, 'ignore')
    const owned = await pairAndOpen()
    const asked = Promise.withResolvers<void>()
    const stop = wa.on('stanza', ({ stanza }) => isGroupQuestion(stanza) && asked.resolve())
    const call = owned.client.groupName('120363041234567890@g.us', limits)
    call.catch(() => {})
    await asked.promise
    stop()
    return { ...owned, call }
  }

  /** What comes first. */
  const first = (call: Promise<unknown>, { event }: Pick<Owned, 'event'>) =>
    Promise.race([call.catch((error: unknown) => error), event('closed')])

  test('ends when we begin to end the connection', async () => {
    const { call, client, event } = await unanswered()

    const closed = client.close()

    expect(await first(call, { event })).toBeInstanceOf(NotConnected)
    await closed
  })

  test.each<[string, (companion: Companion) => void]>([
    ['is dropped', (companion) => companion.drop()],
    ['is ended by WhatsApp', (companion) => companion.streamError({ code: '503' })],
    ['is taken by another client', (companion) => companion.streamError({ code: '440' })],
  ])('ends when the connection %s', async (_, fault) => {
    const { call, companion, event } = await unanswered()

    fault(companion)

    expect(await first(call, { event })).toBeInstanceOf(NotConnected)
    await event('closed')
  })

  test('ends when its caller does not wait any more, and the connection goes on', async () => {
    const caller = new AbortController()
    const { call, events, client } = await unanswered({ signal: caller.signal })

    caller.abort(new Error('the caller has gone'))

    await expect(call).rejects.toThrow('the caller has gone')
    await client.sendChatPresence('6281111111111@s.whatsapp.net', 'paused')
    expect(events.map(({ type }) => type)).toEqual(['open'])
  })

  test('ends when its time is up: nobody knows whether WhatsApp has done it', async () => {
    const { call } = await unanswered({ withinMs: 100 })

    await expect(call).rejects.toThrow(NoAnswer)
  })

  test('for a pairing code ends with the connection', async () => {
    wa.faults.onIq(isIq('md', 'link_code_companion_reg'), 'ignore')
    const { client, event } = connect()
    await event('qr')
    const asked = Promise.withResolvers<void>()
    const stop = wa.on('stanza', ({ stanza }) => isIq('md', 'link_code_companion_reg')(stanza) && asked.resolve())
    const call = client.requestPairingCode('6281234567890')
    call.catch(() => {})
    await asked.promise
    stop()

    const closed = client.close()

    expect(await first(call, { event })).toBeInstanceOf(NotConnected)
    await closed
  })
})
