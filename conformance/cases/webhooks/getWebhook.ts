import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'getWebhook',
  admitted: '200/-/own-webhook',
  promise: 'answers with the webhook',
})

export const own = cases(base, {}, notTheirs(base))
