import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { freshMessage, freshPath, notFound, storedMessage, waitingMessage } from './fresh.ts'

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

const stateOf = ({ status, deleted }: Message) => (deleted ? 'deleted' : status)

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
  {
    id: '200/-/cancelled',
    promise: 'does not send a message that waits for a connection, keeps what it says, and answers the same again',
    needs: ['fixtures.offlineSession'],
    checks: ['state', 'said', 'words', 'read-back', 'again'],
    run: async (context) => {
      const path = await waitingMessage(context)
      const { body: words } = await storedMessage(context, path)
      const call = { operationId: 'revokeMessage', path, query: { async: true } } as const
      const { body } = await context.send<Message>(call, { status: 200 })
      context.check('state', stateOf(body) === 'failed', `the answer shows it as ${stateOf(body)}`)
      context.check('said', body.error !== undefined, 'the answer does not say why it is not sent')
      context.check('words', body.id === path.mid && body.body === words, 'the answer is another message')
      const isSame = (other: Message) => canonical('Message', other) === canonical('Message', body)
      context.check('read-back', isSame(await storedMessage(context, path)), 'getMessage shows it differently')
      const again = await context.send<Message>(call, { status: 200 })
      context.check('again', isSame(again.body), 'the second answer differs')
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
  ...notFound(base),
])
