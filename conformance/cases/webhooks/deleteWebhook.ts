import { idOf } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { arrivalChecks, arrived, delivering, messageComes, subscribe } from './delivered.ts'
import { notTheirs, scratch, url } from './scratch.ts'

export const base = operation({
  operationId: 'deleteWebhook',
  admitted: '204/-/own-webhook',
  promise: 'deletes the webhook',
  path: { webhook: 'made' },
})

const gone = { status: 404, code: 'not_found' }

export const own = [
  ...cases(base, {}, notTheirs(base)),
  ...cases(base, { live: true, effects: ['webhooks'], control: [idOf(base)] }, [
    {
      id: '404/not_found/deleted',
      promise: 'does not find a webhook that was deleted before',
      run: async (context) => {
        const { id: webhook } = await scratch(context, { url })
        await context.send({ operationId: 'deleteWebhook', path: { webhook } }, { status: 204 })
        await context.send({ operationId: 'deleteWebhook', path: { webhook } }, gone)
        await context.send({ operationId: 'getWebhook', path: { webhook } }, gone)
      },
    },
    {
      id: '404/not_found/foreign-not-deleted',
      promise: 'does not delete a webhook for another organization',
      needs: ['tokens.otherOrg'],
      control: [idOf(base), idOf(base, '404/not_found/webhook-foreign')],
      run: async (context) => {
        const { id: webhook } = await scratch(context, { url })
        const deletion = { operationId: 'deleteWebhook', path: { webhook } } as const
        await context.send({ ...deletion, caller: { token: 'otherOrg' } }, gone)
        // Its owner can still delete it.
        await context.send(deletion, { status: 204 })
      },
    },
  ]),
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, [
    {
      id: '204/-/silent',
      promise: 'sends nothing to a webhook that was deleted',
      checks: [...arrivalChecks, 'silent'],
      run: async (context) => {
        const deleted = await subscribe(context)
        const witness = await subscribe(context)
        const { id: webhook } = deleted.webhook
        await context.send({ operationId: 'deleteWebhook', path: { webhook } }, { status: 204 })
        await messageComes(context)
        await messageComes(context)
        await arrived(context, witness, 2)
        const { length } = deleted.calls()
        context.check('silent', length === 0, `it is sent ${length} messages`)
      },
    },
  ]),
]
