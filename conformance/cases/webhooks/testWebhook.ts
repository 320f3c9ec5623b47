import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'testWebhook',
  admitted: '200/-/tried',
  promise: 'says what became of the event that it has sent',
  effects: ['webhooks'],
})

export const own = cases(base, {}, notTheirs(base))
