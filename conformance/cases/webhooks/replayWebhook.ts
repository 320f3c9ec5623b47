import { idOf, refusal } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { arrivalChecks, arrived, delivering, eventIn, messageComes, sequenceOf, subscribe } from './delivered.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'replayWebhook',
  admitted: '200/-/own-webhook',
  promise: 'answers with the webhook, which is sent a part of the log again',
  path: { webhook: 'made' },
  body: { since: 0, until: 0 },
})

export const own = [
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, [
    {
      id: '200/-/same-again',
      promise: 'sends that part of the log again with the same ids, before what happens meanwhile',
      checks: [...arrivalChecks, 'sequence'],
      run: async (context) => {
        const webhook = await subscribe(context)
        await messageComes(context)
        await messageComes(context)
        const [first] = await arrived(context, webhook, 2)
        const until = (first && eventIn(first)?.position) ?? 0
        const call = { operationId: base.operationId, path: { webhook: webhook.webhook.id } }
        await context.send({ ...call, body: { since: Math.max(0, until - 1), until } }, { status: 200 })
        await messageComes(context)
        const calls = await arrived(context, webhook, 3)
        const sequence = sequenceOf(calls)
        context.check('sequence', sequence === '1 2 1 3', `the messages are told as ${sequence}`)
      },
    },
  ]),
  ...cases(base, {}, [
    ...notTheirs(base),
    refusal(base, {
      id: '400|422/validation_error/since-negative',
      promise: 'refuses a position below 0',
      steer: false,
      edit: (call) => ({ ...call, body: { since: -1 } }),
    }),
  ]),
]
