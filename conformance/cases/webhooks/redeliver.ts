import { idOf, refusal } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { arrivalChecks, arrived, delivering, deliveryOf, messageComes, sequenceOf, subscribe } from './delivered.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'redeliver',
  admitted: '200/-/own-delivery',
  promise: 'answers with the delivery, which is sent again',
  path: { webhook: 'fixtures.redeliveringWebhook', delivery: 'fixtures.delivery' },
  effects: ['webhooks'],
})

export const own = [
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, [
    {
      id: '200/-/same-again',
      promise: 'sends an event again whose delivery has failed, with the same id, and lists what became of it',
      checks: [...arrivalChecks, 'only', 'sequence', 'attempts'],
      run: async (context) => {
        const webhook = await subscribe(context, { retryPolicy: { attempts: 1 } })
        webhook.inbox.answer(500, 204)
        await messageComes(context)
        const [call] = await arrived(context, webhook, 1)
        const failed = await deliveryOf(context, webhook, call, 'failed')
        const path = { webhook: webhook.webhook.id, delivery: failed.id }
        await context.send({ operationId: base.operationId, path }, { status: 200 })
        const delivered = await deliveryOf(context, webhook, call, 'delivered')
        const calls = await arrived(context, webhook, 1)
        context.check('sequence', sequenceOf(calls) === '1 1', `the messages are told as ${sequenceOf(calls)}`)
        const { id, attempts, responseStatus } = delivered
        const isTrue = id === failed.id && attempts === 1 && responseStatus === 204
        context.check('attempts', isTrue, `then the delivery is ${JSON.stringify(delivered)}`)
      },
    },
  ]),
  ...cases(base, {}, [
    ...notTheirs(base),
    refusal(base, {
      id: '404/not_found/delivery-unknown',
      promise: 'does not find a delivery that does not exist',
      broken: false,
      edit: (call) => ({ ...call, path: { ...call.path, delivery: 'dlv_00000000000000000000000000' } }),
    }),
    refusal(base, {
      id: '404/not_found/delivery-of-other-webhook',
      promise: 'does not find a delivery under another webhook',
      needs: ['fixtures.webhook'],
      broken: false,
      live: true,
      edit: (call, context) => ({ ...call, path: { ...call.path, webhook: context.get('fixtures.webhook').id } }),
    }),
  ]),
]
