import { idOf } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { get, notTheirs, scratch, url, type Webhook } from './scratch.ts'

export const base = operation({
  operationId: 'rotateWebhookSecret',
  admitted: '200/-/own-webhook',
  promise: 'answers with the webhook and its new secret',
  path: { webhook: 'made' },
  secret: true,
})

export const own = [
  ...cases(base, {}, notTheirs(base)),
  ...cases(base, { live: true, effects: ['webhooks'], control: [idOf(base)] }, [
    {
      id: '200/-/another-secret',
      promise: 'makes another secret each time, and shows it once',
      checks: ['another', 'hidden'],
      run: async (context) => {
        const { id: webhook, secret } = await scratch(context, { url })
        const secrets = [secret]
        for (let times = 0; times < 2; times++) {
          const call = { operationId: 'rotateWebhookSecret', path: { webhook } } as const
          secrets.push((await context.send<Webhook>(call, { status: 200 })).body.secret)
        }
        const isEachAnother = new Set(secrets).size === secrets.length && !secrets.includes(undefined)
        context.check('another', isEachAnother, 'a secret is missing, or comes twice')
        context.check('hidden', (await get(context, webhook)).secret === undefined, 'getWebhook shows the secret')
      },
    },
  ]),
]
