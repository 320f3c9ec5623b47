import { idOf } from '../../base.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
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
  ]),
]
