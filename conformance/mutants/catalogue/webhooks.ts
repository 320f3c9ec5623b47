/** Servers that keep webhooks in their own way. */
import type { Schemas } from '../../contract.ts'
import { operationIds, operations } from '../../parley.ts'
import {
  type Asked,
  answersWith,
  as,
  bodyOf,
  edited,
  hears,
  insteadOf,
  isObject,
  look,
  on,
  refuse,
  reply,
  shows,
  withMembers,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'
import { receiving } from '../receiving.ts'

type Webhook = Schemas['Webhook']
type Page = Schemas['WebhookList']

const named = operationIds.filter((id) => operations[id].path.includes('{webhook}'))
const making = ['createWebhook/201/*', 'updateWebhook/200/*', 'rotateWebhookSecret/200/*', 'listWebhooks/200/*']

const fixedSecret = `whsec_${'A'.repeat(43)}=`

/** Shows in one operation a secret that is shown elsewhere only. */
const showsSecret = (name: string, fault: string, killedBy: string, because: string, make: Mutant['make']): Mutant => ({
  id: `webhooks/${name}`,
  fault,
  killedBy: [killedBy],
  because,
  touches: [...making, 'getWebhook/200/*', '*/as-listed', '*/as-elsewhere'],
  make,
})

const withSecret = (webhook: Webhook): Webhook => ({ ...webhook, secret: fixedSecret })

/** What a caller sees less of. */
const less = (which: (asked: Asked) => boolean, id: 'getWebhook' | 'listWebhooks'): Mutant['make'] => {
  return () =>
    on(
      which,
      id === 'getWebhook'
        ? shows<Webhook>(id, (webhook) => ({ ...webhook, active: !webhook.active }))
        : shows<Page>(id, (page) => ({ ...page, data: page.data.slice(1) })),
    )
}

interface Refusal {
  error: object
}

const sessionIn = ({ body }: Asked) => (body as { sessionId?: string } | undefined)?.sessionId

export const webhooks: readonly Mutant[] = [
  {
    id: 'webhooks/unknown-as-403',
    fault: 'answers 403 for a webhook that it does not have',
    killedBy: [
      '*/404/not_found/webhook-unknown',
      '*/404/not_found/webhook-foreign',
      'deleteWebhook/404/not_found/deleted',
      'redeliver/404/not_found/delivery-*',
    ],
    because: 'answered 403 instead of 404',
    touches: [
      '*/404|422/-/path-parameter-with-more',
      '*/-/answer-headers',
      'deleteWebhook/*',
      'getWebhook/404/*',
      'updateWebhook/404/not_found/named-session-*',
    ],
    make: () =>
      on(
        named,
        answersWith(404, () => refuse(403, 'forbidden')),
      ),
  },
  {
    id: 'webhooks/foreign-told',
    fault: 'says in other words that a webhook is of another organization',
    killedBy: ['*/webhook-foreign-as-unknown'],
    because: 'and so tell that it exists',
    make: (target) =>
      on(
        ({ caller, operationId }) => caller === 'otherOrg' && named.some((id) => id === operationId),
        async (asked, ask) => {
          const answer = await ask(asked)
          const [id = ''] = /wh_[0-9A-Z]+/.exec(asked.target) ?? []
          const isThere = (await ask(as(look(asked, `/webhooks/${id}`), target, 'full'))).status === 200
          return answer.status === 404 && isThere ? refuse(404, 'not_found', 'it is not yours') : answer
        },
      ),
  },
  {
    id: 'webhooks/foreign-session-told',
    fault: 'says in other words that the session for a webhook is of another organization',
    killedBy: ['createWebhook', 'updateWebhook'].map((id) => `${id}/404/not_found/named-session-foreign-as-unknown`),
    because: 'and so tell that it exists',
    make: (target) =>
      on(['createWebhook', 'updateWebhook'], async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 404 || sessionIn(asked) !== target.fixtures.otherOrgSession) return answer
        return edited<Refusal>(answer, ({ error }) => ({ error: { ...error, message: 'it is not yours' } }))
      }),
  },
  {
    id: 'webhooks/named-session-ignored',
    fault: 'changes a webhook and ignores the session that the body names, when it does not find it',
    killedBy: [
      'updateWebhook/404/not_found/named-session-foreign',
      'updateWebhook/404/not_found/named-session-unknown',
    ],
    because: 'answered 200 instead of 404',
    make: () =>
      on(
        ({ operationId, body }) => operationId === 'updateWebhook' && isObject(body) && 'sessionId' in body,
        insteadOf(
          404,
          hears((asked) => withMembers(asked, ({ sessionId: _theirs, ...body }) => body)),
        ),
      ),
  },
  {
    id: 'webhooks/deleted-for-others',
    fault: 'deletes a webhook for another organization, and says that it does not exist',
    killedBy: ['deleteWebhook/404/not_found/foreign-not-deleted'],
    because: 'answered 404 instead of 204',
    touches: ['deleteWebhook/404/*'],
    make: (target) =>
      on(
        ({ caller, operationId }) => caller === 'otherOrg' && operationId === 'deleteWebhook',
        insteadOf(404, async (asked, ask) => {
          await ask(as(asked, target, 'full'))
          return ask(asked)
        }),
      ),
  },
  {
    id: 'webhooks/last-one-lost',
    fault: 'ends the list of webhooks in front of the last one, when only that one is left for the next page',
    killedBy: ['listWebhooks/200/-/new-at-the-end'],
    because: 'they are not there, in their order',
    touches: ['listWebhooks/200/-/*'],
    make: () =>
      on('listWebhooks', async (asked, ask) => {
        const answer = await ask(asked)
        if (answer.status !== 200 || asked.method !== 'GET') return answer
        const { nextCursor } = bodyOf<Page>(answer)
        if (nextCursor === null) return answer
        const rest = await ask(look(asked, `/webhooks?limit=2&cursor=${nextCursor}`))
        const isLast = bodyOf<Page>(rest).data.length === 1
        return isLast ? edited<Page>(answer, (page) => ({ ...page, nextCursor: null })) : answer
      }),
  },
  {
    id: 'webhooks/policy-without-defaults',
    fault: 'sets what a policy leaves out to 1',
    killedBy: ['createWebhook/201/-/as-asked'],
    because: 'its settings are',
    make: () =>
      on(
        'createWebhook',
        hears((asked) =>
          withMembers(asked, (body) =>
            isObject(body.retryPolicy) ? { ...body, retryPolicy: { delaySeconds: 1, ...body.retryPolicy } } : body,
          ),
        ),
      ),
  },
  {
    id: 'webhooks/foreign-served',
    fault: 'serves webhooks of another organization',
    killedBy: ['*/404/not_found/webhook-foreign'],
    because: /answered 2\d\d instead of 404/,
    touches: ['deleteWebhook/*'],
    make: (target) =>
      on(
        ({ caller, operationId }) => caller === 'otherOrg' && named.some((id) => id === operationId),
        insteadOf(404, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'webhooks/unknown-session-as-403',
    fault: 'answers 403 to a webhook for a session that does not exist',
    killedBy: [
      'createWebhook/404/not_found/named-session-unknown',
      'createWebhook/404/not_found/named-session-foreign',
    ],
    because: 'answered 403 instead of 404',
    make: () =>
      on(
        'createWebhook',
        answersWith(404, () => refuse(403, 'forbidden')),
      ),
  },
  {
    id: 'webhooks/deleted-twice',
    fault: 'deletes a webhook as often as it is asked to',
    killedBy: ['deleteWebhook/404/not_found/deleted'],
    because: 'answered 204 instead of 404',
    touches: ['deleteWebhook/404/*'],
    make: () =>
      on(
        'deleteWebhook',
        answersWith(404, () => reply(204)),
      ),
  },
  {
    id: 'webhooks/created-inactive',
    fault: 'makes webhooks that are not active',
    killedBy: ['createWebhook/201/-/defaults'],
    because: 'its settings are others',
    touches: [...making, 'getWebhook/200/*'],
    make: () => shows<Webhook>('createWebhook', (webhook) => ({ ...webhook, active: false })),
  },
  {
    id: 'webhooks/one-secret-for-all',
    fault: 'gives every webhook the same secret',
    killedBy: ['createWebhook/201/-/secret-once'],
    because: 'two webhooks have the same secret',
    touches: [...receiving, 'rotateWebhookSecret/200/*'],
    make: () => shows<Webhook>('createWebhook', withSecret),
  },
  {
    id: 'webhooks/secret-not-shown',
    fault: 'shows no secret of a new webhook',
    killedBy: ['createWebhook/201/-/secret-once'],
    because: 'it shows no secret',
    touches: [...receiving, 'createWebhook/201/*', 'rotateWebhookSecret/200/*'],
    make: () => shows<Webhook>('createWebhook', ({ secret: _secret, ...webhook }) => webhook),
  },
  showsSecret(
    'secret-shown-again',
    'shows the secret of a webhook whenever it is asked for',
    'createWebhook/201/-/secret-once',
    'getWebhook shows the secret',
    () => shows<Webhook>('getWebhook', withSecret),
  ),
  showsSecret(
    'secrets-listed',
    'lists webhooks with their secrets',
    'listWebhooks/200/-/new-at-the-end',
    'the list shows a secret',
    () => shows<Page>('listWebhooks', (page) => ({ ...page, data: page.data.map(withSecret) })),
  ),
  {
    id: 'webhooks/new-first',
    fault: 'lists the newest webhook of a page first',
    killedBy: ['listWebhooks/200/-/new-at-the-end'],
    because: /they are not there, in their order|comes where/,
    touches: ['listWebhooks/200/*'],
    make: () => shows<Page>('listWebhooks', (page) => ({ ...page, data: page.data.toReversed() })),
  },
  {
    id: 'webhooks/listed-to-others',
    fault: 'lists our webhooks to another organization',
    killedBy: ['listWebhooks/200/-/foreign-hidden'],
    because: 'the other organization sees our webhook',
    make: (target) =>
      on(
        ({ operationId, caller }) => operationId === 'listWebhooks' && caller === 'otherOrg',
        (asked, ask) => ask(as(asked, target, 'full')),
      ),
  },
  {
    id: 'webhooks/listed-for-owners',
    fault: 'lists fewer webhooks to a person who has logged in',
    killedBy: ['listWebhooks/200/-/same-for-each-caller'],
    because: 'the answer is another one',
    touches: ['listWebhooks/200/*'],
    make: less(({ caller }) => caller === 'ownerLogin', 'listWebhooks'),
  },
  {
    id: 'webhooks/shown-for-owners',
    fault: 'shows another webhook to a person who has logged in',
    killedBy: ['getWebhook/200/-/same-for-each-caller'],
    because: 'the answer is another one',
    touches: ['getWebhook/200/*'],
    make: less(({ caller }) => caller === 'ownerLogin', 'getWebhook'),
  },
  {
    id: 'webhooks/without-end',
    fault: 'makes webhooks without end',
    killedBy: ['createWebhook/409/conflict/webhook-quota'],
    because: 'answered 201 instead of 409',
    make: (target) =>
      on(
        'createWebhook',
        insteadOf(409, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'webhooks/events-not-changed',
    fault: 'says that it has changed the events of a webhook, and has not',
    killedBy: ['updateWebhook/200/-/one-by-one'],
    because: /makes other settings|shows others/,
    touches: ['updateWebhook/200/*', 'updateWebhook/400|422/validation_error/events-*'],
    make: () => on('updateWebhook', (asked, ask) => ask(withMembers(asked, ({ events: _events, ...body }) => body))),
  },
  {
    id: 'webhooks/null-ignored',
    fault: 'takes nothing away from a webhook',
    killedBy: ['updateWebhook/200/-/taken-away'],
    because: 'they are still there',
    touches: ['updateWebhook/*'],
    make: () =>
      on('updateWebhook', (asked, ask) =>
        ask(
          withMembers(asked, (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))),
        ),
      ),
  },
  {
    id: 'webhooks/secret-not-rotated',
    fault: 'answers each wish for a new secret with the same one',
    killedBy: ['rotateWebhookSecret/200/-/another-secret'],
    because: 'a secret is missing, or comes twice',
    touches: ['rotateWebhookSecret/200/*'],
    make: () =>
      on(
        'rotateWebhookSecret',
        answersWith(200, (answer) => edited<Webhook>(answer, () => withSecret(bodyOf<Webhook>(answer)))),
      ),
  },
]
