/** Own messages that cases may change: sent for them, to whom the target allows. */
import { admittedCall, type Base, refusal } from '../../base.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import type { Row } from '../../table.ts'

type Message = Schemas['Message']
type MessagePath = { session: string; mid: string }

/** A path parameter of a message that the suite has sent. */
export const freshPath = { session: 'fixtures.sendingSession', mid: 'shared' } as const

/** Sends a message for this case alone. @returns the path of it */
export const freshMessage = async (context: Context): Promise<MessagePath> => {
  const session = context.get('fixtures.sendingSession')
  return { session, mid: await context.make('sendMessage', { path: { session } }) }
}

/** A message that waits, because its session has no client. @returns the path of it */
export const waitingMessage = async (context: Context): Promise<MessagePath> => {
  const session = context.get('fixtures.offlineSession')
  return { session, mid: await context.make('sendMessage', { path: { session }, query: { async: true } }) }
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
export const freshPoll = async (context: Context, more: object = {}): Promise<MessagePath> => {
  const session = context.get('fixtures.sendingSession')
  return { session, mid: await context.make('sendMessage', { path: { session }, body: { ...newPoll, ...more } }) }
}

/** A message as the target stores it now. */
export const storedMessage = async (context: Context, path: NonNullable<Call['path']>): Promise<Message> =>
  (await context.send<Message>({ operationId: 'getMessage', path }, { status: 200 })).body

/** Every change is of a message that there is, in the session that is named. */
export const notFound = (base: Base): Row[] => [
  refusal(base, {
    id: '404/not_found/message-of-another-session',
    promise: 'does not find a message under another session of the caller',
    needs: ['fixtures.liveSession'],
    broken: false,
    live: true,
    edit: (call, context) => ({ ...call, path: { ...call.path, session: context.get('fixtures.liveSession') } }),
  }),
  refusal(base, {
    id: '404/not_found/message-unknown',
    promise: 'does not find a message that does not exist',
    needs: ['fixtures.unknownMessage'],
    broken: false,
    edit: (call, context) => ({ ...call, path: { ...call.path, mid: context.get('fixtures.unknownMessage') } }),
  }),
]

/** A message that was deleted for everyone cannot be changed otherwise. @param fresh sends the one that is deleted */
export const ofDeleted = (base: Base, promise: string, fresh = freshMessage): Row => ({
  id: '409/conflict/deleted',
  promise,
  run: async (context) => {
    const path = await fresh(context)
    await context.send({ operationId: 'revokeMessage', path }, { status: 200 })
    await context.send({ ...(await admittedCall(base, context)), path }, { status: 409, code: 'conflict' })
  },
})
