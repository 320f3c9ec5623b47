import { refusal } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'replayWebhook',
  admitted: '200/-/own-webhook',
  promise: 'answers with the webhook, which is sent a part of the log again',
  path: { webhook: 'made' },
  body: { since: 0, until: 0 },
})

export const own = cases(base, {}, [
  ...notTheirs(base),
  refusal(base, {
    id: '400|422/validation_error/since-negative',
    promise: 'refuses a position below 0',
    steer: false,
    edit: (call) => ({ ...call, body: { since: -1 } }),
  }),
])
