import { idOf, refusal } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { arrivalChecks, arrived, delivering, deliveryOf, eventIn, messageComes, subscribe } from './delivered.ts'
import { notTheirs } from './scratch.ts'

export const base = operation({
  operationId: 'listDeliveries',
  admitted: '200/-/own-webhook',
  promise: 'answers with a page of deliveries of the webhook',
  list: { order: 'those of the newest events first', steady: 2 },
})

export const own = [
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, [
    {
      id: '200/-/what-became-of-them',
      promise:
        'tells what the receiver answered, a redirect too, which is not followed; and leaves out those of another status',
      checks: [...arrivalChecks, 'redirect', 'only', 'answer'],
      run: async (context) => {
        const webhook = await subscribe(context, { retryPolicy: { attempts: 1 } })
        const elsewhere = await context.receive()
        webhook.inbox.answer({ status: 307, headers: { Location: elsewhere.url } }, 204)
        await messageComes(context)
        await messageComes(context)
        const calls = await arrived(context, webhook, 2)
        context.check('redirect', elsewhere.calls.length === 0, 'it has followed a redirect')
        for (const [index, status] of (['failed', 'delivered'] as const).entries()) {
          const call = calls[index]
          const delivery = await deliveryOf(context, webhook, call, status)
          const { position, attempts, responseStatus } = delivery
          const isTrue =
            position === (call && eventIn(call)?.position) && attempts === 1 && responseStatus === call?.status
          context.check('answer', isTrue, `after ${call?.status} the delivery is ${JSON.stringify(delivery)}`)
        }
      },
    },
  ]),
  ...cases(base, {}, [
    ...notTheirs(base),
    refusal(base, {
      id: '400|422/validation_error/status-unknown',
      promise: 'refuses a status that no delivery can have',
      steer: false,
      edit: (call) => ({ ...call, query: { status: 'lost' } }),
    }),
  ]),
]
