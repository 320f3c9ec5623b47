/** What a caller may name: sessions, and the chats that are stored of them. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import { type Case, NotApplicable } from '../case.ts'
import { cases, type Row } from '../table.ts'
import { isStoredChat, withChat, withSession } from './isolation.ts'

export const ownership = (base: Base): Case[] => {
  if (!('session' in base.path)) return []
  return cases(base, {}, [
    refusal(base, {
      id: '404/not_found/session-unknown',
      promise: 'does not find a session that does not exist',
      needs: ['fixtures.unknownSession'],
      broken: false,
      edit: (call, context) => withSession(call, context.get('fixtures.unknownSession')),
    }),
    ...chats(base),
  ])
}

const chats = (base: Base): Row[] => {
  if (!isStoredChat(base)) return []
  return [
    refusal(base, {
      id: '404/not_found/chat-unknown',
      promise: 'does not find a chat that is not stored',
      needs: ['fixtures.unknownChat'],
      broken: false,
      edit: (call, context) => withChat(call, context.get('fixtures.unknownChat')),
    }),
    refusal(base, {
      id: '404/not_found/chat-not-a-jid',
      promise: 'does not find a chat under a name that is no JID',
      broken: false,
      edit: (call) => withChat(call, 'nobody'),
    }),
    refusal(base, {
      id: '400|422/validation_error/chat-too-long',
      promise: 'refuses a chat name of 129 characters',
      edit: (call) => withChat(call, `${'1'.repeat(114)}@s.whatsapp.net`),
      steer: false,
    }),
    {
      id: variantOf(base, 'chat-alias'),
      promise: 'takes each JID of a chat for the one chat',
      needs: needsOf(base),
      optional: ['fixtures.aliasedChat'],
      effects: effectsOf(base),
      lane: 'serial:otherChat',
      control: [idOf(base)],
      live: true,
      checks: ['same-chat'],
      run: async (context) => {
        const named = context.find('fixtures.aliasedChat')
        if (named === undefined) throw new NotApplicable('the target names no chat that has a second JID')
        const call = await admittedCall(base, context)
        const shown = async (cid: string) =>
          base.contract.canonicalAnswer(base.operationId, await context.send(withChat(call, cid), outcomeOf(base)))
        const plain = await shown(named.id)
        for (const alias of named.aliases)
          context.check('same-chat', (await shown(alias)) === plain, `${alias} is answered otherwise than ${named.id}`)
      },
    },
    {
      id: `${base.admitted.split('/').slice(0, 2).join('/')}/chat-percent-encoded`,
      promise: 'takes %40 for @',
      needs: needsOf(base),
      effects: effectsOf(base),
      control: [idOf(base)],
      checks: ['same-chat'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const plain = await context.send(call, { status: 200 })
        const encoded = await context.send(
          { ...call, retarget: (target) => target.replace('@', '%40') },
          { status: 200 },
        )
        const [one, other] = [plain, encoded].map((answer) => base.contract.canonicalAnswer(base.operationId, answer))
        context.check('same-chat', one === other, 'the two spellings answer differently')
      },
    },
  ]
}
