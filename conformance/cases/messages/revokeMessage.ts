import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { freshMessage, freshPath, storedMessage } from './fresh.ts'

type Message = Schemas['Message']

export const base = operation({
  operationId: 'revokeMessage',
  admitted: '200/-/own-text',
  promise: 'deletes the message for everyone, and says that WhatsApp has it so',
  path: freshPath,
  changing: ['status', 'ackLevel'],
  needs: ['fixtures.sendTo'],
  effects: ['send'],
})

const withoutReceipts = ({ status: _, ackLevel: __, ...rest }: Message) => canonical('Message', rest as Message)

export const own = cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
  {
    id: '200/-/read-back',
    promise: 'shows the message as deleted from then on, without its words, and answers the same again',
    checks: ['answer', 'read-back', 'again'],
    run: async (context) => {
      const path = await freshMessage(context)
      const call = { operationId: 'revokeMessage', path } as const
      const { body } = await context.send<Message>(call, { status: 200 })
      context.check(
        'answer',
        body.id === path.mid && body.deleted && !('body' in body),
        'the answer is another message',
      )
      const after = await storedMessage(context, path)
      context.check('read-back', after.deleted && !('body' in after), 'getMessage still shows it')
      const again = await context.send<Message>(call, { status: 200 })
      context.check('again', withoutReceipts(again.body) === withoutReceipts(body), 'the second answer differs')
    },
  },
  {
    id: '202/-/async',
    promise:
      'takes the call before it is sent, leaves the message unchanged until WhatsApp has it, and then shows it as deleted',
    checks: ['unchanged', 'location'],
    run: async (context) => {
      const path = await freshMessage(context)
      const call = { operationId: 'revokeMessage', path, query: { async: true } } as const
      const { body, headers } = await context.send<Message>(call, { status: 202 })
      context.check('unchanged', body.id === path.mid && !body.deleted, 'the answer shows it as deleted already')
      context.check('location', headers.location?.endsWith(`/messages/${path.mid}`) ?? false, 'Location is elsewhere')
      await context.until('the deletion of a message that was sent', async () =>
        (await storedMessage(context, path)).deleted ? true : undefined,
      )
    },
  },
  refusal(base, {
    id: '409/conflict/not-own',
    promise: 'does not delete what somebody else wrote in a chat of two',
    needs: ['fixtures.liveSession', 'fixtures.message'],
    broken: false,
    live: true,
    edit: (call, context) => ({
      ...call,
      path: { session: context.get('fixtures.liveSession'), mid: context.get('fixtures.message').id },
    }),
  }),
  {
    id: '200/-/untouched',
    promise: 'deletes no other message of the chat',
    checks: ['other'],
    run: async (context) => {
      const [path, other] = [await freshMessage(context), await freshMessage(context)]
      await context.send({ ...(await admittedCall(base, context)), path }, { status: 200 })
      context.check('other', !(await storedMessage(context, other)).deleted, 'another message was deleted, too')
    },
  },
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
])
