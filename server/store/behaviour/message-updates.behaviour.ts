import { describe, expect, test } from 'vitest'
import type { Fact } from '../../model/facts.ts'
import {
  budi,
  group,
  inGroup,
  message,
  now,
  type OpenCopy,
  only,
  own,
  quoting,
  rina,
  rinaLid,
  rinasAlias,
} from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

const day = 24 * 60 * 60 * 1000

export const messageUpdatesBehaviour = (openCopy: OpenCopy) =>
  describe('quotes and updates of messages', () => {
    const current = sessionForEachTest(openCopy)
    const { shownMessages, tell, unread } = current

    describe('what a message quotes', () => {
      const answer = message('B', { quoted: quoting('A') })
      const quotedBy = async (waMessageId: string, chat = rina) => {
        const shown = await shownMessages(chat)
        const { quoted: named } = shown.find((one) => one.waMessageId === waMessageId) ?? {}
        const quoted = (named as { id?: string } | undefined)?.id
        return { quoted, is: shown.find((one) => one.id === quoted)?.waMessageId }
      }

      test('has the address that its sender named, of a stranger too', async () => {
        const stranger = '6289900000001@s.whatsapp.net'
        await tell(inGroup('B', rina, { quoted: quoting('A', { sender: stranger }) }))
        expect(await shownMessages(group)).toMatchObject([{ quoted: { senderJid: stranger, fromMe: false } }])
      })

      test('is named by its id, as soon as it is stored in the same chat', async () => {
        await tell(answer, inGroup('A', rina), message('C', { chat: budi, quoted: quoting('B') }))
        expect(await quotedBy('B')).toEqual({ quoted: undefined, is: undefined })
        expect(await quotedBy('C', budi)).toEqual({ quoted: undefined, is: undefined })
        await tell(own('A', { timestamp: now - day }))
        expect(await quotedBy('B')).toEqual({ quoted: expect.stringMatching(/^msg_/), is: 'A' })
      })

      test('stays named when it is deleted for everyone, and not when the account deleted it for itself', async () => {
        await tell(message('A', { timestamp: now - day }), answer)
        await tell({ kind: 'revoke', target: message('A'), by: rina, at: now })
        expect(await quotedBy('B')).toMatchObject({ is: 'A' })
        await tell({ kind: 'remove', target: message('A') })
        expect(await quotedBy('B')).toEqual({ quoted: undefined, is: undefined })
      })

      test('is the oldest of several with the same id', async () => {
        await tell(inGroup('A', budi, { timestamp: now - 2 }), inGroup('A', rina, { timestamp: now - day }))
        await tell(inGroup('B', budi, { timestamp: now - 1, quoted: quoting('A') }))
        const shown = await shownMessages(group)
        const oldest = shown.find(({ senderJid }) => senderJid === rina)
        expect(await quotedBy('B', group)).toEqual({ quoted: oldest?.id, is: 'A' })
      })
    })

    describe('reactions', () => {
      const reaction = (by: string | 'me', emoji: string, at: number, more: object = {}): Fact => {
        return { kind: 'reaction', target: inGroup('A', budi), by, emoji, at, ...more }
      }
      const shown = async () => only(await shownMessages(group), 'waMessageId', 'reactions')

      test('each person has the newest one, in any order, before the message too', async () => {
        await tell(reaction(rina, '👎', now - 2))
        await tell(
          inGroup('A', budi),
          reaction('me', '🎉', now),
          reaction(rina, '👍', now - 1),
          reaction(budi, '', now),
        )
        await tell(reaction(budi, '😍', now - 3))
        expect(await shown()).toEqual([
          {
            waMessageId: 'A',
            reactions: [
              { emoji: '👍', senderJid: rina, fromMe: false, timestamp: now - 1 },
              { emoji: '🎉', fromMe: true, timestamp: now },
            ],
          },
        ])
      })

      test('two addresses that turn out to be one person have one', async () => {
        await tell(inGroup('A', budi), reaction(rina, '👍', now - 1), reaction(rinaLid, '👎', now))
        await tell(rinasAlias)
        expect(await shown()).toMatchObject([{ reactions: [{ emoji: '👎', senderJid: rina }] }])
      })

      test('one that could not be decrypted at first is no message of its own', async () => {
        await tell(inGroup('A', budi), inGroup('R', rina, { undecryptable: true }))
        await tell(reaction(rina, '👍', now, { carrier: inGroup('R', rina) }))
        expect(await shown()).toMatchObject([{ waMessageId: 'A', reactions: [{ emoji: '👍' }] }])
        expect(await unread(group)).toBe(1)
      })
    })

    describe('edits', () => {
      const edit = (at: number, body: string, more: object = {}): Fact => ({
        kind: 'edit',
        target: { chat: rina, id: 'A', fromMe: false },
        by: rina,
        body,
        at,
        ...more,
      })

      test('the newest one counts, whichever comes last', async () => {
        await tell(message('A'), edit(now - 1, 'second'), edit(now - 2, 'first'))
        expect(only(await shownMessages(rina), 'body', 'edited')).toEqual([{ body: 'second', edited: true }])
      })

      test('one that comes first waits for its message', async () => {
        await tell(edit(now - 2, 'better', { mentions: [budi] }))
        expect(await current.store.getChat(current.id, rina, now)).toBeUndefined()
        await tell(message('A'))
        expect(only(await shownMessages(rina), 'body', 'mentions', 'edited')).toEqual([
          { body: 'better', mentions: [budi], edited: true },
        ])
      })

      test.each<[string, Fact[], object]>([
        ['takes mentions away', [edit(now - 1, 'nobody')], { body: 'nobody' }],
        ['brings mentions', [edit(now - 1, 'you', { mentions: [budi] })], { body: 'you', mentions: [budi] }],
        [
          'does so only when it is the newest',
          [edit(now - 1, 'you', { mentions: [budi] }), edit(now - 2, 'nobody')],
          { body: 'you', mentions: [budi] },
        ],
        [
          'does so when a newer one comes',
          [edit(now - 2, 'you', { mentions: [budi] }), edit(now - 1, 'nobody')],
          { body: 'nobody' },
        ],
      ])('one %s; the attachment and the quote stay', async (_, edits, expected) => {
        const rest = { type: 'image', media: { filename: 'x.jpg' } } as const
        const answer = message('A', { ...rest, quoted: quoting('Q'), mentions: [rina, budi] })
        await tell(own('Q', { timestamp: now - day }), answer, ...edits)
        const [shown = {}, quoted] = await shownMessages(rina)
        expect(only([shown], 'type', 'body', 'media', 'quoted', 'mentions')).toMatchObject([
          { ...rest, quoted: { id: quoted?.id }, ...expected },
        ])
      })

      test('only the author may', async () => {
        await tell(message('A'), own('B'), inGroup('C', rina), own('D', { chat: group }))
        await tell(
          edit(now, 'forged', { by: 'me' }),
          edit(now, 'forged', { target: own('B') }),
          edit(now, 'forged', { target: inGroup('C', rina), by: budi }),
          edit(now, 'forged', { target: inGroup('C', rina), by: 'me' }),
          edit(now, 'forged', { target: own('D', { chat: group }), by: budi }),
        )
        for (const shown of [...(await shownMessages(rina)), ...(await shownMessages(group))]) {
          expect(shown).toMatchObject({ body: `text of ${shown.waMessageId}`, edited: false })
        }
      })

      test('an own message is edited by the account', async () => {
        await tell(own('B'), edit(now, 'mine', { target: own('B'), by: 'me' }))
        expect(only(await shownMessages(rina), 'body')).toEqual([{ body: 'mine' }])
      })
    })

    describe('revokes', () => {
      const revoke = (target: ReturnType<typeof message>, by: string): Fact => ({ kind: 'revoke', target, by, at: now })

      test('leave a row without its content', async () => {
        const image = message('A', { type: 'image', media: { filename: 'x.jpg' }, mentions: [budi] })
        await tell(image, revoke(image, rina))
        expect(only(await shownMessages(rina), 'type', 'body', 'media', 'hasMedia', 'mentions', 'deleted')).toEqual([
          { type: 'image', hasMedia: false, deleted: true },
        ])
      })

      test('one that comes first waits for its message', async () => {
        await tell(revoke(message('A'), rina), message('A'))
        expect(only(await shownMessages(rina), 'deleted', 'body')).toEqual([{ deleted: true }])
      })

      test('after it an edit does nothing', async () => {
        const edit: Fact = { kind: 'edit', target: message('A'), by: rina, body: 'back again', at: now + 1000 }
        await tell(message('A'), revoke(message('A'), rina), edit)
        expect(only(await shownMessages(rina), 'deleted', 'edited', 'body')).toEqual([{ deleted: true, edited: false }])
      })

      test('in a direct chat only the author may', async () => {
        await tell(message('A'), own('B'), revoke(message('A'), 'me'), revoke(own('B'), rina))
        expect(only(await shownMessages(rina), 'deleted')).toEqual([{ deleted: false }, { deleted: false }])
      })

      test('in a group an admin may too', async () => {
        await tell(inGroup('A', rina), own('B', { chat: group }))
        await tell(revoke(inGroup('A', rina), budi), revoke(own('B', { chat: group }), budi))
        expect(only(await shownMessages(group), 'deleted')).toEqual([{ deleted: true }, { deleted: true }])
      })

      test('nobody takes back the status update of another', async () => {
        const update = message('A', { chat: 'status@broadcast', sender: rina })
        await tell(update, revoke(update, budi))
        expect(only(await shownMessages('status@broadcast'), 'deleted')).toEqual([{ deleted: false }])
        await tell(revoke(update, rina))
        expect(only(await shownMessages('status@broadcast'), 'deleted')).toEqual([{ deleted: true }])
      })
    })

    describe('receipts', () => {
      const receipt = (
        status: 'pending' | 'sent' | 'delivered' | 'read' | 'played' | 'failed',
        error?: string,
      ): Fact => ({
        kind: 'receipt',
        target: own('A'),
        status,
        at: now,
        ...(error && { error }),
      })
      const shown = async () => only(await shownMessages(rina), 'status', 'ackLevel', 'error')

      test('a status only moves forward', async () => {
        await tell(own('A', { status: 'pending' }))
        for (const [told, seen, level] of [
          ['sent', 'sent', 2],
          ['read', 'read', 4],
          ['delivered', 'read', 4],
          ['failed', 'read', 4],
          ['played', 'played', 5],
        ] as const) {
          await tell(receipt(told))
          expect(await shown()).toEqual([{ status: seen, ackLevel: level }])
        }
      })

      test('a failure replaces pending, with its reason, until it got through after all', async () => {
        await tell(own('A', { status: 'pending' }), receipt('failed', 'refused'))
        expect(await shown()).toEqual([{ status: 'failed', ackLevel: 0, error: 'refused' }])
        await tell(receipt('delivered'))
        expect(await shown()).toEqual([{ status: 'delivered', ackLevel: 3 }])
      })

      test('one that comes first waits for its message', async () => {
        await tell(receipt('read'))
        await tell(own('A', { status: 'pending' }))
        expect(await shown()).toEqual([{ status: 'read', ackLevel: 4 }])
      })

      test('incoming messages have no status', async () => {
        await tell(message('A', { status: 'read' }), { kind: 'receipt', target: message('A'), status: 'read', at: now })
        expect(await shown()).toEqual([{}])
      })
    })
  })
