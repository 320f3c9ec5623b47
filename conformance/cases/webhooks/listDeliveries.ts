import { refusal } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'listDeliveries',
  admitted: '200/-/own-webhook',
  promise: 'answers with a page of deliveries of the webhook',
  list: { order: 'those of the newest events first', steady: 2 },
})

export const own = cases(base, {}, [
  ...notTheirs(base),
  refusal(base, {
    id: '400|422/validation_error/status-unknown',
    promise: 'refuses a status that no delivery can have',
    steer: false,
    edit: (call) => ({ ...call, query: { status: 'lost' } }),
  }),
])
