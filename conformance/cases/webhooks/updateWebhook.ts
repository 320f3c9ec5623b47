import { type Edit, idOf, refusal } from '../../base.ts'
import type { Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { arrivalChecks, arrived, delivering, messageComes, sequenceOf, subscribe } from './delivered.ts'
import { get, notTheirs, onlyOwnSessions, scratch, settingsOf, textOf, url, type Webhook } from './scratch.ts'
import { refusesUrls } from './urls.ts'

type WebhookChanges = Schemas['WebhookChanges']

export const base = operation({
  operationId: 'updateWebhook',
  admitted: '200/-/own-webhook',
  promise: 'answers with the changed webhook',
  path: { webhook: 'made' },
  body: { url: `${url}/v2` },
})

const update = async (context: Context, webhook: string, body: WebhookChanges): Promise<Webhook> =>
  (await context.send<Webhook>({ operationId: 'updateWebhook', path: { webhook }, body }, { status: 200 })).body

const refuses = (variant: string, promise: string, body: unknown, more: Partial<Edit> = {}): Row =>
  refusal(base, {
    ...more,
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body }),
  })

/** One after the other. */
const changes: readonly (readonly [WebhookChanges, Partial<Webhook>])[] = [
  [{ url: `${url}/v2` }, { url: `${url}/v2` }],
  [{ events: ['message', 'message.status'] }, { events: ['message', 'message.status'] }],
  [{ customHeaders: { 'X-One': '1', 'X-Two': '2' } }, { customHeaders: { 'X-One': '1', 'X-Two': '2' } }],
  [{ customHeaders: { 'X-One': null } }, { customHeaders: { 'X-Two': '2' } }],
  [
    { retryPolicy: { policy: 'constant', attempts: 3 } },
    { retryPolicy: { policy: 'constant', delaySeconds: 2, attempts: 3 } },
  ],
  [{ active: false }, { active: false }],
  [{}, {}],
]

/** The schema does not say it, and a mock does not know it. */
const beyondSchema = { live: true, broken: false } satisfies Partial<Edit>

export const own = [
  ...cases(base, { live: true, effects: ['webhooks'], control: [idOf(base)] }, [
    ...onlyOwnSessions(base, {}),
    {
      id: '200/-/one-by-one',
      promise: 'changes what the body names, and leaves the rest as it is',
      checks: ['changed', 'read-back'],
      run: async (context) => {
        const made = await scratch(context, { url })
        let wanted = settingsOf(made)
        for (const [change, becomes] of changes) {
          wanted = { ...wanted, ...becomes }
          const words = Object.keys(change).join() || 'nothing'
          const answer = settingsOf(await update(context, made.id, change))
          context.check('changed', textOf(answer) === textOf(wanted), `changing ${words} makes other settings`)
          const found = settingsOf(await get(context, made.id))
          context.check('read-back', textOf(found) === textOf(wanted), `getWebhook shows others after ${words}`)
        }
      },
    },
    {
      id: '200/-/taken-away',
      promise: 'takes away for null what may be absent',
      needs: ['fixtures.liveSession'],
      checks: ['there', 'gone'],
      run: async (context) => {
        const sessionId = context.get('fixtures.liveSession')
        const made = await scratch(context, { url, sessionId, customHeaders: { 'X-One': '1' } })
        context.check('there', made.sessionId === sessionId && made.customHeaders !== undefined, 'they are not there')
        const changed = await update(context, made.id, { sessionId: null, customHeaders: null })
        const isGone = changed.sessionId === undefined && changed.customHeaders === undefined
        context.check('gone', isGone, 'they are still there')
      },
    },
  ]),
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, [
    {
      id: '200/-/waits-while-inactive',
      promise: 'sends nothing to a webhook that is not active, and when it is active again what has waited, in order',
      checks: [...arrivalChecks, 'silent', 'sequence'],
      run: async (context) => {
        const webhook = await subscribe(context)
        const witness = await subscribe(context)
        await update(context, webhook.webhook.id, { active: false })
        await messageComes(context)
        const [first] = await arrived(context, witness, 1)
        const { length } = webhook.calls()
        context.check('silent', length === 0, `it is sent ${length} messages while it is not active`)
        await update(context, webhook.webhook.id, { active: true })
        await messageComes(context)
        const calls = await arrived(context, webhook, 1)
        const isFirst = calls[0]?.headers['webhook-id'] === first?.headers['webhook-id']
        context.check('sequence', isFirst, 'what has waited does not come first')
      },
    },
    {
      id: '200/-/on-again-after-410',
      promise: 'switches a webhook on again that was switched off after 410, and sends it what has waited',
      checks: [...arrivalChecks, 'on'],
      run: async (context) => {
        const webhook = await subscribe(context)
        const { id } = webhook.webhook
        webhook.inbox.answer(410, 204)
        await messageComes(context)
        await context.until('the end of a webhook whose receiver answered 410', async () =>
          (await get(context, id)).active ? undefined : true,
        )
        await messageComes(context)
        await update(context, id, { active: true })
        const { active, inactiveReason } = await get(context, id)
        context.check('on', active && inactiveReason === undefined, `active is ${active}, because ${inactiveReason}`)
        await arrived(context, webhook, 2)
      },
    },
    {
      id: '200/-/sends-as-changed',
      promise: 'sends what the webhook names now, and no more what it has named before',
      checks: [...arrivalChecks, 'events'],
      run: async (context) => {
        const before = await subscribe(context)
        const now = await subscribe(context, { events: ['session.status'] })
        await update(context, before.webhook.id, { events: ['session.status'] })
        await update(context, now.webhook.id, { events: ['message', 'message.status'] })
        await messageComes(context)
        await messageComes(context)
        await context.until(
          'delivery of a message to any of two webhooks',
          async () => (before.calls().length + now.calls().length > 0 ? true : undefined),
          now.inbox.next,
        )
        const { length } = before.calls()
        context.check('events', length === 0, 'message is not named any more')
        await arrived(context, now, 2)
      },
    },
    {
      id: '200/-/pending-moves',
      promise: 'sends what is pending to the new URL at once',
      checks: [...arrivalChecks, 'sequence'],
      run: async (context) => {
        const webhook = await subscribe(context, { retryPolicy: { policy: 'constant', delaySeconds: 3_600 } })
        const moved = await subscribe(context, { active: false })
        webhook.inbox.answer(500)
        await messageComes(context)
        const [first] = await arrived(context, webhook, 1)
        await update(context, webhook.webhook.id, { url: moved.inbox.url })
        const count = () => webhook.calls().length + moved.calls().length
        await context.until('the second attempt', async () => (count() > 1 ? true : undefined), moved.inbox.next)
        context.check('sequence', moved.calls().length > 0, 'the old URL is called again')
        const calls = await arrived(context, moved, 1, [webhook.webhook.secret])
        const isSame = calls[0]?.headers['webhook-id'] === first?.headers['webhook-id']
        const sequence = `${sequenceOf(webhook.calls())}, ${sequenceOf(calls)}`
        context.check('sequence', isSame && sequence === '1, 1', `the old and the new URL are told of ${sequence}`)
      },
    },
  ]),
  ...cases(base, {}, [
    ...notTheirs(base),
    refuses('url-null', 'refuses to take away the URL', { url: null }),
    refuses(
      'url-of-metadata',
      "refuses the address of a cloud's metadata",
      { url: 'http://169.254.169.254/latest' },
      beyondSchema,
    ),
    ...refusesUrls(base),
    refuses('events-empty', 'refuses to send no events', { events: [] }),
  ]),
]
