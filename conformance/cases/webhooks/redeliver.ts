import { refusal } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'redeliver',
  admitted: '200/-/own-delivery',
  promise: 'answers with the delivery, which is sent again',
  path: { webhook: 'fixtures.redeliveringWebhook', delivery: 'fixtures.delivery' },
  effects: ['webhooks'],
})

export const own = cases(base, {}, [
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
])
