import { idOf } from '../../base.ts'
import type { Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import type { Inbox } from '../../receiver.ts'
import { cases } from '../../table.ts'
import { callFault } from './delivered.ts'
import { notTheirs, scratch } from './scratch.ts'

export const base = operation({
  operationId: 'testWebhook',
  admitted: '200/-/tried',
  promise: 'says what became of the event that it has sent',
  effects: ['webhooks'],
})

/** A webhook to an address of the case, which gets nothing else as it is not active, tested. @returns what was answered, and what came */
const tested = async (context: Context, inbox: Inbox, status: number) => {
  inbox.answer(status)
  const { id: webhook, secret = '' } = await scratch(context, { url: inbox.url, active: false })
  const call = { operationId: base.operationId, path: { webhook } }
  const { body } = await context.send<Schemas['WebhookTest']>(call, { status: 200 })
  return { outcome: body, secret, calls: inbox.calls }
}

export const own = [
  ...cases(base, {}, notTheirs(base)),
  ...cases(base, { live: true, features: ['receiver'], effects: ['webhooks'], control: [idOf(base)] }, [
    {
      id: '200/-/received',
      promise:
        'sends the event once, as the document says, signed with the secret of the webhook, and says that it arrived',
      checks: ['once', 'call', 'outcome'],
      run: async (context) => {
        const { outcome, secret, calls } = await tested(context, await context.receive(), 204)
        const [call] = calls
        context.check('once', calls.length === 1, `${calls.length} calls came`)
        if (call === undefined) return
        const fault = callFault(call, [secret])
        context.check('call', fault === undefined, `${fault}`)
        const isTrue = outcome.delivered && outcome.responseStatus === 204 && outcome.id === call.headers['webhook-id']
        context.check('outcome', isTrue, `it answers ${JSON.stringify(outcome)}`)
      },
    },
    {
      id: '200/-/refused',
      promise: 'says what the receiver answered when that is no 2xx, and does not try again',
      checks: ['once', 'outcome'],
      run: async (context) => {
        for (const status of [500, 410, 307]) {
          const { outcome, calls } = await tested(context, await context.receive(), status)
          context.check('once', calls.length === 1, `${calls.length} calls came`)
          const isTrue = !outcome.delivered && outcome.responseStatus === status
          context.check('outcome', isTrue, `after ${status} it answers ${JSON.stringify(outcome)}`)
        }
      },
    },
  ]),
]
