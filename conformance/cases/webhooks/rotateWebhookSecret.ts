import { idOf } from '../../base.ts'
import { operation } from '../../parley.ts'
import { signatureFault } from '../../receiver.ts'
import { cases } from '../../table.ts'
import { arrivalChecks, arrived, delivering, messageComes, subscribe } from './delivered.ts'
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
    {
      id: '200/-/signs-with-both',
      promise: 'signs with the new secret and with the one before, so that receivers can change over',
      features: ['receiver'],
      checks: ['received', 'signature'],
      run: async (context) => {
        const inbox = await context.receive()
        const { id: webhook, secret: before = '' } = await scratch(context, { url: inbox.url, active: false })
        const { body } = await context.send<Webhook>(
          { operationId: 'rotateWebhookSecret', path: { webhook } },
          { status: 200 },
        )
        await context.send({ operationId: 'testWebhook', path: { webhook } }, { status: 200 })
        const [call] = inbox.calls
        context.check('received', call !== undefined, 'no call came')
        const wrong = call && signatureFault(call, [before, body.secret ?? ''])
        context.check('signature', wrong === undefined, `${wrong}`)
      },
    },
  ]),
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, [
    {
      id: '200/-/signs-events-with-both',
      promise: 'signs what comes in after a rotation with both secrets, too',
      checks: arrivalChecks,
      run: async (context) => {
        const webhook = await subscribe(context)
        const { id, secret } = webhook.webhook
        const call = { operationId: base.operationId, path: { webhook: id } }
        const { body } = await context.send<Webhook>(call, { status: 200 })
        await messageComes(context)
        await arrived(context, webhook, 1, [secret, body.secret])
      },
    },
  ]),
]
