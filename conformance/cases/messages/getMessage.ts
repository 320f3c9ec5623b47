import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { walk, walkChecks } from '../../walk.ts'

type Message = Schemas['Message']

export const base = operation({
  operationId: 'getMessage',
  admitted: '200/-/stored-message',
  promise: 'answers with the message',
})

export const own = cases(base, { needs: needsOf(base), live: true, control: [idOf(base)] }, [
  {
    id: '200/-/as-listed',
    promise: 'answers with the message that was named, as the list of its chat shows it',
    needs: ['fixtures.chat'],
    checks: [...walkChecks, 'named', 'same-message'],
    run: async (context) => {
      const { body } = await context.send<Message>(await admittedCall(base, context), { status: 200 })
      context.check('named', body.id === context.get('fixtures.message').id, `the message is ${body.id}`)
      const path = { session: context.get('fixtures.liveSession'), cid: context.get('fixtures.chat').id }
      const listed = await walk<Message>(context, { operationId: 'listChatMessages', path }, [200], 20_000)
      const same = listed.find(({ id }) => id === body.id)
      context.check(
        'same-message',
        canonical('Message', same) === canonical('Message', body),
        'the list shows it differently',
      )
    },
  },
  refusal(base, {
    id: '404/not_found/message-unknown',
    promise: 'does not find a message that does not exist',
    needs: ['fixtures.unknownMessage'],
    broken: false,
    edit: (call, context) => ({ ...call, path: { ...call.path, mid: context.get('fixtures.unknownMessage') } }),
  }),
  refusal(base, {
    id: '404/not_found/message-of-another-session',
    promise: 'does not find a message under another session of the caller',
    needs: ['fixtures.offlineSession'],
    broken: false,
    live: true,
    edit: (call, context) => ({ ...call, path: { ...call.path, session: context.get('fixtures.offlineSession') } }),
  }),
  refusal(base, {
    id: '404/not_found/message-not-an-id',
    promise: 'does not find a message under a name that is no id',
    broken: false,
    edit: (call) => ({ ...call, path: { ...call.path, mid: 'nothing' } }),
  }),
])
