import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import { Untestable } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'

type Message = Schemas['Message']

export const base = operation({
  operationId: 'forwardMessage',
  admitted: '200/-/message',
  promise: 'sends the content of a stored message to another chat',
  path: { session: 'fixtures.sendingSession', mid: 'fixtures.sendingMessage' },
  fill: (body, fact) => ({ ...(body as Schemas['NewForward']), to: fact('fixtures.sendTo')?.id }),
  // As of a message that is sent.
  changing: ['status', 'ackLevel', 'timestamp'],
  needs: ['fixtures.sendTo'],
  effects: ['send'],
})

export const own = cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
  {
    id: '200/-/same-content',
    promise: 'makes a new message of the account with the words of the one that was named',
    checks: ['new', 'from-me', 'content', 'quotes-nothing'],
    run: async (context) => {
      const call = await admittedCall(base, context)
      const path = { session: context.get('fixtures.sendingSession'), mid: context.get('fixtures.sendingMessage').id }
      const { body: source } = await context.send<Message>({ operationId: 'getMessage', path }, { status: 200 })
      const { body } = await context.send<Message>(call, { status: [200, 202] })
      context.check('new', body.id !== source.id && body.waMessageId !== source.waMessageId, 'it is the same message')
      context.check('from-me', body.fromMe && body.direction === 'out', 'it is not from the account')
      context.check('content', body.type === source.type && body.body === source.body, 'it says something else')
      context.check('quotes-nothing', body.quoted === undefined && body.mentions === undefined, 'it names others')
    },
  },
  {
    id: '202/-/async',
    promise: 'takes a message before it is sent, and says where it can be read',
    checks: ['pending', 'location'],
    run: async (context) => {
      const call = { ...(await admittedCall(base, context)), query: { async: true } }
      const { body, headers } = await context.send<Message>(call, { status: 202 })
      context.check('pending', body.status === 'pending', `its status is ${body.status}`)
      const location = headers.location ?? ''
      context.check('location', location.endsWith(`/messages/${body.id}`), `Location is ${location}`)
    },
  },
  {
    id: '409/conflict/failed',
    promise: 'does not forward what was never sent',
    features: ['hook'],
    checks: ['failed'],
    run: async (context) => {
      const session = context.get('fixtures.sendingSession')
      const { to } = (await context.happen('refusal', { session, whatsappCode: 419 })) as { to?: string }
      if (to === undefined) throw new Untestable('the hook does not say who it is to whom WhatsApp delivers nothing')
      const text = { operationId: 'sendMessage' as const, path: { session }, body: { type: 'text', to, text: 'lost' } }
      const { body } = await context.send<Schemas['ConflictError']>(text, { status: 409 })
      const mid = body.error.details?.messageId ?? ''
      context.check('failed', mid !== '', 'the refusal does not name the message that has failed')
      const call = await admittedCall(base, context)
      await context.send({ ...call, path: { session, mid } }, { status: 409, code: 'conflict' })
    },
  },
  refusal(base, {
    id: '404/not_found/message-unknown',
    promise: 'does not forward a message that does not exist',
    needs: ['fixtures.unknownMessage'],
    broken: false,
    edit: (call, context) => ({ ...call, path: { ...call.path, mid: context.get('fixtures.unknownMessage') } }),
  }),
  refusal(base, {
    id: '404/not_found/message-of-another-session',
    promise: 'does not forward a message of another session',
    needs: ['fixtures.message'],
    broken: false,
    live: true,
    edit: (call, context) => ({ ...call, path: { ...call.path, mid: context.get('fixtures.message').id } }),
  }),
])
