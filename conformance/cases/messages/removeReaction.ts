import { isDeepStrictEqual } from 'node:util'
import { idOf, needsOf } from '../../base.ts'
import type { Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { freshMessage, freshPath, notFound, ofDeleted, storedMessage } from './fresh.ts'
import { ownReactions, theirsBeside, withoutReactions } from './reactions.ts'

type Message = Schemas['Message']

export const base = operation({
  operationId: 'removeReaction',
  admitted: '200/-/own-text',
  promise: "takes the account's reaction back, and says that WhatsApp has it so",
  path: freshPath,
  changing: ['status', 'ackLevel', 'reactions'],
  needs: ['fixtures.sendTo'],
  effects: ['send'],
})

/** A message with a reaction of the account. */
const reactedTo = async (context: Context) => {
  const path = await freshMessage(context)
  await context.send({ operationId: 'addReaction', path, body: { emoji: '👍' } }, { status: 200 })
  return path
}

export const own = cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
  {
    id: '200/-/read-back',
    promise: 'shows no reaction of the account from then on, changes nothing else, and answers the same again',
    checks: ['answer', 'read-back', 'else'],
    run: async (context) => {
      const path = await reactedTo(context)
      const before = await storedMessage(context, path)
      for (const _ of ['once', 'again']) {
        const { body } = await context.send<Message>({ operationId: 'removeReaction', path }, { status: 200 })
        const after = await storedMessage(context, path)
        context.check('answer', body.id === path.mid && ownReactions(body) === '', 'the answer still shows it')
        context.check('read-back', ownReactions(after) === '', 'getMessage still shows it')
        const isSame = withoutReactions(after) === withoutReactions(before)
        context.check('else', isSame, 'it has changed more than the reactions')
      }
    },
  },
  {
    id: '200/-/beside-others',
    promise: 'leaves the reactions of others',
    features: ['hook'],
    checks: ['theirs'],
    run: async (context) => {
      const path = await reactedTo(context)
      const theirs = await theirsBeside(context, path, '🎉')
      const { body } = await context.send<Message>({ operationId: 'removeReaction', path }, { status: 200 })
      const isSame = isDeepStrictEqual(body.reactions, theirs)
      context.check('theirs', isSame, 'the reaction of somebody else is gone, or another')
    },
  },
  {
    id: '202/-/async',
    promise:
      'takes the call before it is sent, leaves the message unchanged until WhatsApp has it, and then shows no reaction',
    checks: ['unchanged', 'location'],
    run: async (context) => {
      const path = await reactedTo(context)
      const call = { operationId: 'removeReaction', path, query: { async: true } } as const
      const { body, headers } = await context.send<Message>(call, { status: 202 })
      context.check('unchanged', ownReactions(body) === '👍', 'the answer does not show the reaction any more')
      context.check('location', headers.location?.endsWith(`/messages/${path.mid}`) ?? false, 'Location is elsewhere')
      await context.until('a reaction that is gone', async () =>
        ownReactions(await storedMessage(context, path)) === '' ? true : undefined,
      )
    },
  },
  ofDeleted(base, 'takes no reaction from a message that was deleted for everyone'),
  ...notFound(base),
])
