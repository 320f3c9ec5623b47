/** Own messages that cases may change: sent for them, to whom the target allows. */
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'

type Message = Schemas['Message']

/** A path parameter of a message that the suite has sent. */
export const freshPath = { session: 'fixtures.sendingSession', mid: 'shared' } as const

/** Sends a message for this case alone. @returns the path of it */
export const freshMessage = async (context: Context): Promise<{ session: string; mid: string }> => {
  const session = context.get('fixtures.sendingSession')
  return { session, mid: await context.make('sendMessage', { path: { session } }) }
}

/** The body of a poll; who gets it is filled in. */
export const newPoll = {
  type: 'poll',
  to: '',
  name: 'Which evening suits you?',
  options: ['Friday', 'Saturday'],
  selectableCount: 1,
}

/** The same with a poll. */
export const freshPoll = async (context: Context, more: object = {}): Promise<{ session: string; mid: string }> => {
  const session = context.get('fixtures.sendingSession')
  return { session, mid: await context.make('sendMessage', { path: { session }, body: { ...newPoll, ...more } }) }
}

/** A message as the target stores it now. */
export const storedMessage = async (context: Context, path: NonNullable<Call['path']>): Promise<Message> =>
  (await context.send<Message>({ operationId: 'getMessage', path }, { status: 200 })).body
