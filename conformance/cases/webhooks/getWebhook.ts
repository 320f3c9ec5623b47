import { idOf } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { arrivalChecks, arrived, delivering, messageComes, sequenceOf, subscribe } from './delivered.ts'
import { get, notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'getWebhook',
  admitted: '200/-/own-webhook',
  promise: 'answers with the webhook',
})

export const own = [
  ...cases(base, {}, notTheirs(base)),
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, [
    {
      id: '200/-/gone',
      promise: 'shows that it has switched the webhook off when the receiver answered 410, and sends nothing more',
      checks: [...arrivalChecks, 'reason', 'silent'],
      run: async (context) => {
        const webhook = await subscribe(context)
        const { id } = webhook.webhook
        webhook.inbox.answer(410)
        await messageComes(context)
        const found = await context.until('the end of a webhook whose receiver answered 410', async () => {
          const now = await get(context, id)
          return now.active ? undefined : now
        })
        context.check('reason', found.inactiveReason === 'gone', `inactiveReason is ${found.inactiveReason}`)
        const witness = await subscribe(context)
        await messageComes(context)
        await arrived(context, witness, 1)
        const sequence = sequenceOf(webhook.calls())
        context.check('silent', sequence === '1', `it is sent the messages ${sequence}`)
      },
    },
  ]),
]
