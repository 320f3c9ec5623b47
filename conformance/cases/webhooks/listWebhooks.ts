import { idOf } from '../../base.ts'
import type { Caller, Context } from '../../case.ts'
import { operation } from '../../parley.ts'
import { cases } from '../../table.ts'
import { cursorOf, refuses } from '../../traits/cursor.ts'
import { walk, walkChecks } from '../../walk.ts'
import { scratch, url, type Webhook } from './scratch.ts'

export const base = operation({
  operationId: 'listWebhooks',
  admitted: '200/-/own-webhooks',
  promise: 'answers with a page of webhooks of the organization',
  list: {
    order: 'oldest first',
    steady: 1,
    kept: ['fixtures.webhook', 'fixtures.redeliveringWebhook'],
    maker: 'createWebhook',
  },
})

const mostWebhooks = 2_000

const listed = (context: Context, caller: Caller = { token: 'full' }) =>
  walk<Webhook>(context, { operationId: 'listWebhooks', caller }, [1, 200], mostWebhooks)

export const own = cases(base, { live: true, effects: ['webhooks'], control: [idOf(base)] }, [
  {
    id: '200/-/new-at-the-end',
    promise: 'lists a new webhook after the older ones, without its secret',
    checks: [...walkChecks, 'order', 'no-secret'],
    run: async (context) => {
      const made = [(await scratch(context, { url })).id, (await scratch(context, { url })).id]
      const found = (await listed(context)).filter(({ id }) => made.includes(id))
      context.check('order', found.map(({ id }) => id).join() === made.join(), 'they are not there, in their order')
      const oneByOne = await walk<Webhook>(context, { operationId: 'listWebhooks' }, [1], mostWebhooks)
      const again = oneByOne.filter(({ id }) => made.includes(id))
      context.check('order', again.map(({ id }) => id).join() === made.join(), 'they are not there, in their order')
      context.check('no-secret', !found.some(({ secret }) => secret !== undefined), 'the list shows a secret')
    },
  },
  {
    id: '200/-/foreign-hidden',
    promise: 'lists no webhook of another organization',
    needs: ['tokens.otherOrg'],
    checks: [...walkChecks, 'hidden'],
    run: async (context) => {
      const { id } = await scratch(context, { url })
      const theirs = await listed(context, { token: 'otherOrg' })
      context.check('hidden', !theirs.some((one) => one.id === id), 'the other organization sees our webhook')
    },
  },
  {
    ...refuses(base, 'cursor-of-other-organization', 'refuses the cursor of another organization', async (context) => {
      const caller = { token: 'otherOrg' } as const
      for (let made = 0; made < 2; made++) await scratch(context, { url }, caller)
      return cursorOf(context, { operationId: 'listWebhooks', caller }, 'the other organization has no two webhooks')
    }),
    needs: ['tokens.otherOrg'],
    effects: ['webhooks'],
  },
  {
    ...refuses(base, 'cursor-of-other-list', 'refuses the cursor of the list of sessions', (context) =>
      cursorOf(context, { operationId: 'listSessions' }, 'the organization has fewer than two sessions'),
    ),
    needs: ['fixtures.liveSession', 'fixtures.offlineSession'],
    features: ['listSessions'],
  },
])
