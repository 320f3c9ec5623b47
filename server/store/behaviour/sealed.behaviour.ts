import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Fact, SealedFact, SealedKind } from '../../model/facts.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import {
  budi,
  freshSession,
  group,
  inGroup,
  message,
  now,
  type OpenCopy,
  only,
  own,
  owned,
  quoting,
  rina,
  rinaLid,
  rinasAlias,
  sha256,
} from './examples.behaviour.ts'
import { sessionForEachTest } from './session-for-each-test.behaviour.ts'

export const me = ['11@lid', '6280000000000@s.whatsapp.net']

/** A message's protobuf is its secret; a payload is `secret author sender words`, and 16 bytes more. */
export const sealedReader: SealedReader = {
  secretOf: async (raw) => raw,
  async open({ holds, carrier, targetId, at, payload }, { secret, target, authors, senders }) {
    const [named = '', author = '', sender = '', ...words] = Buffer.from(payload.subarray(0, -16)).toString().split(' ')
    if (named !== Buffer.from(secret).toString() || !authors.includes(author) || !senders.includes(sender)) return
    const body = words.join(' ')
    if (holds === 'comment') return [{ kind: 'message', ...carrier, type: 'text', body, quoted: quoting(targetId) }]
    const by = carrier.fromMe ? 'me' : (carrier.sender ?? carrier.chat)
    if (holds === 'vote') return [{ kind: 'vote', target, by, options: [sha256(body)], at }]
    return [{ kind: 'edit', target: { ...carrier, id: targetId }, by, body, at }]
  },
}

export const sealed = (
  holds: SealedKind,
  { raw: _, ...carrier }: ReturnType<typeof message>,
  targetId: string,
  text: string,
): SealedFact => ({
  kind: 'sealed',
  holds,
  carrier,
  targetId,
  own: me,
  at: now,
  iv: randomBytes(12),
  payload: Buffer.concat([Buffer.from(text), randomBytes(16)]),
})

const raw = Buffer.from('S')

export const sealedBehaviour = (openCopy: OpenCopy) =>
  describe('what is sealed under a message', () => {
    const current = sessionForEachTest(() => openCopy({ sealedReader }))
    const { shownMessages, tell } = current

    const bodies = async (chat = rina) =>
      Object.fromEntries((await shownMessages(chat)).map(({ waMessageId, body }) => [waMessageId, body]))

    test('opens whether it comes before, with or after its message, and however often', async () => {
      const edit = sealed('edit', message('E'), 'A', `S ${rina} ${rina} new`)
      const orders = [
        [[message('A', { raw }), edit]],
        [[edit, message('A', { raw })]],
        [[edit], [edit, message('A', { raw })], [edit]],
        [[message('A', { raw })], [edit], [edit]],
        [[message('A', { undecryptable: true })], [edit], [message('A', { raw })]],
        [[message('A')], [edit], [message('A', { raw })]],
      ]
      for (const calls of orders) {
        await current.renew()
        for (const facts of calls) await tell(...facts)
        expect(await bodies()).toEqual({ A: 'new' })
      }
    })

    test('opens when it is known that two addresses are one person: of the author, the sender, and the chat', async () => {
      const byLid = { sender: rinaLid }
      await tell(
        message('A', { raw }),
        sealed('edit', message('E', { chat: rinaLid }), 'A', `S ${rina} ${rinaLid} new`),
        inGroup('G', rina, { raw }),
        sealed('edit', { ...inGroup('F', rinaLid), ...byLid }, 'G', `S ${rinaLid} ${rinaLid} new in the group`),
      )
      await tell(rinasAlias)
      expect([await bodies(), await bodies(group)]).toEqual([{ A: 'new' }, { G: 'new in the group' }])
    })

    test('belongs to its session, its chat and its author', async () => {
      await tell(message('A', { raw }), inGroup('A', budi, { raw }), own('A', { raw }))
      const other = await freshSession(current.store)
      await current.store.ingest(owned(other), [sealed('edit', message('E'), 'A', `S ${rina} ${rina} new`)], now)
      await tell(
        sealed('edit', message('E', { chat: budi }), 'A', `S ${rina} ${budi} new`),
        sealed('edit', inGroup('F', rina), 'A', `S ${budi} ${rina} new`),
        sealed('edit', message('G'), 'A', `S ${me[0]} ${rina} new`),
      )
      expect(await bodies(group)).toEqual({ A: 'text of A' })
      expect(Object.values(await bodies())).toEqual(['text of A'])
    })

    test('an own message is known by the addresses of the account', async () => {
      await tell(own('A', { raw }), sealed('edit', own('E'), 'A', `S ${me[0]} ${me[1]} new`))
      expect(await bodies()).toEqual({ A: 'new' })
    })

    test('a message that opens late has the place in which it came', async () => {
      const comment = sealed('comment', message('C'), 'A', `S ${rina} ${rina} a comment`)
      await tell(comment, message('B'))
      await tell(message('A', { raw, timestamp: now - 5_000 }))
      expect(only(await shownMessages(rina), 'waMessageId')).toEqual(
        ['B', 'C', 'A'].map((waMessageId) => ({ waMessageId })),
      )
    })

    test('does not wait for a message that was deleted for everyone', async () => {
      const revoke: Fact = { kind: 'revoke', target: message('A'), by: rina, at: now }
      const edit = sealed('edit', message('E'), 'A', `S ${rina} ${rina} new`)
      await tell(edit)
      await tell(revoke, message('A', { raw }))
      await tell(edit)
      expect((await shownMessages(rina))[0]).toMatchObject({ deleted: true })
    })
  })
