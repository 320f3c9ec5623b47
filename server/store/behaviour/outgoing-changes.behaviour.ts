import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ChangeDraft } from '../../model/change.ts'
import type { Fact } from '../../model/facts.ts'
import { type KeptAnswer, KeyTaken } from '../../ports/store/idempotency.ts'
import type { Store } from '../../ports/store/store.ts'
import {
  freshSession,
  messagesOf,
  now,
  type OpenStore,
  organizationId,
  own,
  owned,
  rina,
  rinaLid,
  rinasAlias,
} from './examples.behaviour.ts'

const target = { chat: rina, id: 'A', fromMe: true }
const edit = (text: string, at = now): ChangeDraft => ({ type: 'edit', target, of: 'text', text, at })
const revoke: ChangeDraft = { type: 'revoke', target, at: now }
const react = (emoji: string): ChangeDraft => ({ type: 'reaction', target, emoji, at: now })
const vote = (...options: string[]): ChangeDraft => ({ type: 'vote', target, options, at: now })
const proto = Buffer.from('protobuf of the change')

export const outgoingChangesBehaviour = (openStore: OpenStore) =>
  describe('changes in the outbox', () => {
    let store: Store
    let sessionId: string
    beforeAll(async () => {
      store = await openStore()
    })
    beforeEach(async () => {
      sessionId = await freshSession(store)
      await tell(own('A'))
    })
    afterAll(() => store.close())

    const tell = (...facts: Fact[]) => store.ingest(owned(sessionId), facts, now)
    const shown = async () => (await messagesOf(store, sessionId, rina))[0] ?? {}
    const accept = async (waId: string, draft: ChangeDraft, kept?: KeptAnswer) => {
      const change = { waId, messageId: String((await shown()).id), draft, expiresAt: now + 900_000 }
      await store.acceptChange({ sessionId, organizationId }, change, now, kept)
    }
    const claim = (waId: string) => store.claimOutgoing(owned(sessionId), waId, { bytes: proto }, now)
    const acknowledged = (id: string) => tell({ kind: 'outcome', id, at: now + 1_000 })
    const stateOf = (waId: string) => store.changeState(sessionId, waId)
    const waiting = async () => (await store.listOutgoing(sessionId, { limit: 100 })).map(({ waId }) => waId)
    const rawOf = (id: string, chat = rina) => store.findRaw(sessionId, { chat, id, fromMe: true })

    test('an edit is applied when WhatsApp has acknowledged it, and not before', async () => {
      const before = await shown()
      await accept('E', edit('new words'))
      expect(await store.findOutgoing(sessionId, 'E')).toMatchObject({ to: rina, draft: edit('new words') })
      await claim('E')
      expect(await shown()).toEqual(before)
      expect(await stateOf('E')).toBe('pending')
      const { events } = await acknowledged('E')
      expect(await shown()).toEqual({ ...before, body: 'new words', edited: true })
      expect(events.map(({ event }) => event)).toEqual(['message.edited'])
      expect(await stateOf('E')).toBe('applied')
      expect(await waiting()).toEqual([])
    })

    test('it is the newest, whatever the clocks say of an earlier one', async () => {
      await tell({ kind: 'edit', target, by: 'me', body: 'by the phone', at: now + 60_000 })
      await accept('E', edit('by the gateway'))
      await acknowledged('E')
      expect((await shown()).body).toBe('by the gateway')
    })

    test('a refused edit changes nothing, and says why', async () => {
      const before = await shown()
      await accept('E', edit('refused'))
      await claim('E')
      const failure = { code: '479', words: 'WhatsApp does not accept it' }
      const { events } = await tell({ kind: 'outcome', id: 'E', at: now, failure })
      expect(await shown()).toEqual(before)
      expect(events).toEqual([])
      expect(await stateOf('E')).toEqual(failure)
      // Of the message itself nothing failed.
      expect(await store.failureOf(sessionId, String(before.id))).toBeUndefined()
    })

    test('a reaction is applied when WhatsApp has acknowledged it, in place of the one before, and is taken back', async () => {
      await tell({ kind: 'reaction', target, by: rina, emoji: '🎉', at: now })
      await tell({ kind: 'reaction', target, by: 'me', emoji: '😂', at: now + 60_000 })
      const of = async () => (await shown()).reactions
      const theirs = { emoji: '🎉', senderJid: rina, fromMe: false, timestamp: now }
      await accept('R1', react('👍'))
      await claim('R1')
      expect(await of()).toMatchObject([theirs, { emoji: '😂' }])
      expect((await acknowledged('R1')).events).toMatchObject([{ event: 'message.reaction' }])
      expect(await of()).toMatchObject([theirs, { emoji: '👍', fromMe: true, timestamp: now + 60_001 }])
      await accept('R2', react(''))
      await acknowledged('R2')
      expect(await of()).toEqual([theirs])
    })

    test('a vote is counted when WhatsApp has acknowledged it, in place of the one before, and is taken back', async () => {
      await tell(
        own('P', {
          type: 'poll',
          poll: { name: 'When?', options: ['Fri', 'Sat'], selectableCount: 1 },
          timestamp: now + 1,
        }),
      )
      const inPoll = (...options: string[]): ChangeDraft => ({ ...vote(...options), target: { ...target, id: 'P' } })
      const result = async () => {
        const { poll } = (await shown()) as { poll?: { options: { votes: number }[]; voters: object[] } }
        return [...(poll?.options.map(({ votes }) => votes) ?? []), poll?.voters.length]
      }
      await accept('V1', inPoll('Fri'))
      expect(await result()).toEqual([0, 0, 0])
      expect((await acknowledged('V1')).events).toMatchObject([{ event: 'poll.vote' }])
      expect(await result()).toEqual([1, 0, 1])
      await accept('V2', inPoll('Sat'))
      await acknowledged('V2')
      expect(await result()).toEqual([0, 1, 1])
      await accept('V3', inPoll())
      expect((await acknowledged('V3')).events).toMatchObject([{ event: 'poll.vote' }])
      expect(await result()).toEqual([0, 0, 0])
    })

    test('a receipt proves a change whose acknowledgement was lost, and waits for no message', async () => {
      await accept('E', edit('arrived'))
      await claim('E')
      await tell({ kind: 'receipt', target: { ...target, id: 'E' }, status: 'delivered', at: now })
      expect(await shown()).toMatchObject({ body: 'arrived', status: 'sent' })
      await tell({ kind: 'receipt', target: { ...target, id: 'E' }, status: 'read', at: now })
      await tell(own('E', { timestamp: now + 1 }))
      expect(await shown()).toMatchObject({ waMessageId: 'E', status: 'sent' })
    })

    test('a revoke deletes the text here, and that of edits which were sent or wait', async () => {
      await accept('E', edit('new words'))
      await claim('E')
      await acknowledged('E')
      await accept('LATE', edit('too late'))
      await accept('R', revoke)
      await claim('R')
      const { events } = await acknowledged('R')
      expect(await shown()).toMatchObject({ deleted: true })
      expect(await shown()).not.toHaveProperty('body')
      expect(events.map(({ event }) => event)).toEqual(['message.revoked'])
      expect(await waiting()).toEqual([])
      expect([await rawOf('E'), await rawOf('R')]).toEqual([undefined, proto])
      expect([await stateOf('LATE'), await stateOf('R')]).toEqual([undefined, 'applied'])
    })

    test('receivers may request a change again, by any address of the chat, and nobody in another chat', async () => {
      await tell(rinasAlias)
      await accept('E', edit('new words'))
      await claim('E')
      await acknowledged('E')
      expect([await rawOf('E'), await rawOf('E', rinaLid)]).toEqual([proto, proto])
      await tell(own('OTHER', { chat: '6281111111111@s.whatsapp.net' }))
      expect(await rawOf('E', '6281111111111@s.whatsapp.net')).toBeUndefined()
    })

    test('the text of an edit is deleted when there is a newer one', async () => {
      for (const id of ['E1', 'E2']) {
        await accept(id, edit(`words of ${id}`))
        await claim(id)
        await acknowledged(id)
      }
      expect([await rawOf('E1'), await rawOf('E2')]).toEqual([undefined, proto])
    })

    test('a change waits in its place among messages, and is forgotten when it is old', async () => {
      await store.acceptMessage(
        { sessionId, organizationId },
        { fact: own('B', { status: 'pending' }), draft: { type: 'text', text: 'b' }, expiresAt: now + 900_000 },
        now,
      )
      await accept('E', edit('e'))
      expect(await waiting()).toEqual(['B', 'E'])
      await acknowledged('E')
      while ((await store.purgeOutgoing(now + 1, 10)) === 10);
      expect([await stateOf('E'), await waiting()]).toEqual([undefined, ['B']])
    })

    test('an idempotency key is stored with the change, or neither is', async () => {
      const key = { organizationId, sessionId, operationId: 'editMessage', key: 'k' }
      const kept: KeptAnswer = {
        ...key,
        fingerprint: Buffer.alloc(32),
        status: 202,
        body: '{"change":"E"}',
        keptAt: now,
      }
      await accept('E', edit('one'), kept)
      expect((await store.findKeptAnswer(key, now))?.body).toBe(kept.body)
      await expect(accept('E2', edit('two'), kept)).rejects.toThrow(KeyTaken)
      expect(await waiting()).toEqual(['E'])
    })

    describe('a message that waits', () => {
      const failure = { code: 'cancelled', words: 'it was cancelled' }
      const cancel = (messageId: string) => store.cancelOutgoing({ sessionId, organizationId }, messageId, failure, now)
      const pending = async (): Promise<string> =>
        JSON.parse(
          await store.acceptMessage(
            { sessionId, organizationId },
            {
              fact: own('B', { status: 'pending', timestamp: now }),
              draft: { type: 'text', text: 'b' },
              expiresAt: now + 900_000,
            },
            now,
          ),
        ).id

      test('is cancelled: it has failed, and is not sent', async () => {
        const id = await pending()
        expect(await cancel(id)).toBe(true)
        expect(await shown()).toMatchObject({ id, status: 'failed', error: failure.words })
        expect(await store.failureOf(sessionId, id)).toEqual(failure)
        expect([await waiting(), await claim('B'), await cancel(id)]).toEqual([[], undefined, true])
      })

      test('is not when it has failed for another reason', async () => {
        const id = await pending()
        await store.ingest(
          owned(sessionId),
          [{ kind: 'outcome', id: 'B', at: now, failure: { code: '463', words: 'no' } }],
          now,
        )
        expect(await cancel(id)).toBe(false)
        expect((await shown()).error).toBe('no')
      })

      test('is not when something of it may have been written', async () => {
        const id = await pending()
        await claim('B')
        expect(await cancel(id)).toBe(false)
        expect((await shown()).status).toBe('pending')
      })
    })
  })
