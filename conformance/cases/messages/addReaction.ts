import { isDeepStrictEqual } from 'node:util'
import { idOf, needsOf, refusal } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { freshMessage, freshPath, notFound, ofDeleted, storedMessage } from './fresh.ts'
import { ownReactions, theirsBeside, withoutReactions } from './reactions.ts'

type Message = Schemas['Message']

export const base = operation({
  operationId: 'addReaction',
  admitted: '200/-/own-text',
  promise: 'reacts to the message, and says that WhatsApp has the reaction',
  path: freshPath,
  changing: ['status', 'ackLevel', 'reactions'],
  needs: ['fixtures.sendTo'],
  effects: ['send'],
})

const refuses = (variant: string, promise: string, change: object): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body: { ...(call.body as object), ...change } }),
  })

export const own = cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
  {
    id: '200/-/read-back',
    promise: 'shows the reaction in place of the one before, and changes nothing else',
    checks: ['answer', 'read-back', 'else'],
    run: async (context) => {
      const path = await freshMessage(context)
      const before = await storedMessage(context, path)
      for (const emoji of ['👍', '❤️']) {
        const call = { operationId: 'addReaction', path, body: { emoji } } as const
        const { body } = await context.send<Message>(call, { status: 200 })
        const after = await storedMessage(context, path)
        context.check('answer', ownReactions(body) === emoji, `the answer shows ${ownReactions(body) || 'none'}`)
        context.check('read-back', ownReactions(after) === emoji, `getMessage shows ${ownReactions(after) || 'none'}`)
        const isSame = withoutReactions(after) === withoutReactions(before)
        context.check('else', isSame, 'the reaction has changed more than the reactions')
      }
    },
  },
  {
    id: '200/-/emoji-of-several-characters',
    promise: 'takes flags, families, key caps, and hands with a colour of skin',
    checks: ['answer'],
    run: async (context) => {
      const path = await freshMessage(context)
      for (const emoji of ['🇮🇩', '👨‍👩‍👧‍👦', '1️⃣', '👍🏽']) {
        const call = { operationId: 'addReaction', path, body: { emoji } } as const
        const { body } = await context.send<Message>(call, { status: 200 })
        context.check('answer', ownReactions(body) === emoji, `the answer shows ${ownReactions(body) || 'none'}`)
      }
    },
  },
  {
    id: '200/-/beside-others',
    promise: 'leaves the reactions of others as they are',
    features: ['hook'],
    checks: ['theirs', 'own'],
    run: async (context) => {
      const path = await freshMessage(context)
      const theirs = await theirsBeside(context, path, '🎉')
      const call = { operationId: 'addReaction', path, body: { emoji: '👍' } } as const
      const { body } = await context.send<Message>(call, { status: 200 })
      const kept = body.reactions?.filter(({ fromMe }) => !fromMe)
      context.check('theirs', isDeepStrictEqual(kept, theirs), 'the reaction of somebody else is another')
      context.check('own', ownReactions(body) === '👍', 'the own one is not shown')
    },
  },
  {
    id: '202/-/async',
    promise:
      'takes a reaction before it is sent, leaves the message unchanged until WhatsApp has it, and then shows it',
    checks: ['unchanged', 'location'],
    run: async (context) => {
      const path = await freshMessage(context)
      const call = { operationId: 'addReaction', path, query: { async: true }, body: { emoji: '👍' } } as const
      const { body, headers } = await context.send<Message>(call, { status: 202 })
      context.check('unchanged', body.id === path.mid && !body.reactions, 'the answer shows the reaction already')
      context.check('location', headers.location?.endsWith(`/messages/${path.mid}`) ?? false, 'Location is elsewhere')
      await context.until('the reaction to a message that was sent', async () =>
        ownReactions(await storedMessage(context, path)) === '👍' ? true : undefined,
      )
    },
  },
  ofDeleted(base, 'does not react to a message that was deleted for everyone'),
  ...notFound(base),
  refuses('emoji-missing', 'refuses a reaction without an emoji', { emoji: undefined }),
  refuses('emoji-empty', 'refuses an empty emoji', { emoji: '' }),
  refuses('emoji-word', 'refuses a word in place of an emoji', { emoji: 'ok' }),
  refuses('emoji-two', 'refuses two emojis', { emoji: '👍👍' }),
  refuses('emoji-list', 'refuses a list of emojis', { emoji: ['👍'] }),
])
