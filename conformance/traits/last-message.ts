/** Every operation that shows chats says when the latest message of each was sent: not before a message that is in the chat. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import { type Call, type Case, type Context, NotApplicable } from '../case.ts'
import type { OperationId, Schemas } from '../contract.ts'
import { cases } from '../table.ts'
import { namesShownBy, shownIn } from '../views.ts'

const shows: OperationId = 'listChatMessages'
const most = 5

export const lastMessage = (base: Base): Case[] => {
  const { contract, operationId } = base
  const isShown = outcomeOf(base).status < 300 && namesShownBy(contract, operationId).includes('Chat')
  if (!isShown || !contract.operationIds.includes(shows)) return []
  return cases(
    base,
    { needs: needsOf(base), effects: effectsOf(base), control: [idOf(base)], live: true, compares: true },
    [
      {
        id: variantOf(base, 'last-message'),
        promise: 'has no lastMessageAt that is earlier than a message of the chat',
        clause: '/components/schemas/Chat/properties/lastMessageAt',
        checks: ['latest'],
        run: async (context) => {
          if (!context.claims(shows)) throw new NotApplicable(`it takes ${shows}, which is not claimed`)
          const call = await admittedCall(base, context)
          const times = await latestIn(base, context, call)
          for (const [jid, time] of [...times].slice(0, most)) {
            const newest = await newestOf(context, String(call.path?.session), jid)
            // Another message may have come in since the chat was shown.
            const isMissed = newest > time && ((await latestIn(base, context, call)).get(jid) ?? newest) < newest
            context.check(
              'latest',
              !isMissed,
              `lastMessageAt of ${jid} is ${time}, and a message was sent at ${newest}`,
            )
          }
          context.check('latest', times.size > 0, 'no chat is shown')
        },
      },
    ],
  )
}

/** `lastMessageAt` by JID; 0 where it is absent. */
const latestIn = async (base: Base, context: Context, call: Call): Promise<Map<string, number>> => {
  const all = shownIn(base.contract, base.operationId, await context.send(call, outcomeOf(base)))
  const chats = all.filter(({ name }) => name === 'Chat').map(({ value }) => value as Partial<Schemas['Chat']>)
  return new Map(chats.map(({ jid = '', lastMessageAt = 0 }) => [jid, lastMessageAt]))
}

/** 0 for a chat without messages. */
const newestOf = async (context: Context, session: string, cid: string): Promise<number> => {
  const call: Call = { operationId: shows, path: { session, cid }, query: { limit: 1 } }
  const { body } = await context.send<Schemas['MessageList']>(call, { status: 200 })
  return body.data[0]?.timestamp ?? 0
}
