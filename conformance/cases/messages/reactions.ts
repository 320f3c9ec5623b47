/** Reactions as the target shows them. */
import { type Call, type Context, Untestable } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { canonical } from '../../parley.ts'
import { storedMessage } from './fresh.ts'

type Message = Schemas['Message']
type Path = NonNullable<Call['path']>

/** The emojis of the account; empty when there is none. */
export const ownReactions = ({ reactions = [] }: Message): string =>
  reactions.flatMap(({ fromMe, emoji }) => (fromMe ? [emoji] : [])).join(' ')

/** All but reactions, and receipts, which may come meanwhile. */
export const withoutReactions = ({ reactions: _, status: __, ackLevel: ___, ...rest }: Message) =>
  canonical('Message', rest as Message)

/** Who got a message reacts to it. @returns what the message shows then, of others than the account */
export const theirsBeside = async (context: Context, path: Path, emoji: string): Promise<Message['reactions']> => {
  const { waMessageId } = await storedMessage(context, path)
  const [session, chat] = [context.get('fixtures.sendingSession'), context.get('fixtures.sendTo').id]
  const said = await context.happen('incomingReaction', { session, chat, message: waMessageId, emoji })
  if (said === undefined) throw new Untestable('the hook lets nobody react')
  return context.until('a reaction of the receiver', async () => {
    const theirs = (await storedMessage(context, path)).reactions?.filter(({ fromMe }) => !fromMe)
    return theirs?.some((one) => one.emoji === emoji) ? theirs : undefined
  })
}
