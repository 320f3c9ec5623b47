import { isDeepStrictEqual } from 'node:util'
import { type Edit, idOf, refusal } from '../../base.ts'
import { exhausted, reasonOf } from '../../exhausted.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { keyed } from '../../traits/idempotency.ts'
import { delivering } from './delivered.ts'
import { get, onlyOwnSessions, scratch, settingsOf, textOf, url, type Webhook } from './scratch.ts'
import { sends } from './sends.ts'
import { refusesUrls } from './urls.ts'

export const base = operation({
  operationId: 'createWebhook',
  admitted: '201/-/created',
  promise: 'makes a webhook and shows its secret',
  body: { url },
  effects: ['webhooks'],
  secret: true,
})

const usual = {
  url,
  events: ['*'],
  retryPolicy: { policy: 'exponential', delaySeconds: 2, attempts: 15 },
  active: true,
}

const refuses = (variant: string, promise: string, body: unknown, more: Partial<Edit> = {}): Row =>
  refusal(base, {
    ...more,
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body }),
  })

/** The schema does not say it, and a mock does not know it. */
const beyondSchema = { live: true, broken: false } satisfies Partial<Edit>

export const own = [
  ...cases(base, { live: true, ...delivering, control: [idOf(base)] }, sends),
  ...cases(base, { live: true, effects: ['webhooks'], control: [idOf(base)] }, [
    {
      id: '201/-/defaults',
      promise: 'sends all events of all sessions when nothing else is asked for',
      checks: ['defaults', 'read-back'],
      run: async (context) => {
        const made = await scratch(context, { url })
        context.check('defaults', textOf(settingsOf(made)) === textOf(usual), 'its settings are others')
        const found = settingsOf(await get(context, made.id))
        context.check('read-back', textOf(found) === textOf(usual), 'getWebhook shows other settings')
      },
    },
    {
      id: '201/-/secret-once',
      promise: 'shows another secret for each webhook, and never again',
      checks: ['shown', 'another', 'hidden'],
      run: async (context) => {
        const one = await scratch(context, { url })
        const other = await scratch(context, { url })
        context.check('shown', one.secret !== undefined && other.secret !== undefined, 'it shows no secret')
        context.check('another', one.secret !== other.secret, 'two webhooks have the same secret')
        const { secret } = await get(context, one.id)
        context.check('hidden', secret === undefined, 'getWebhook shows the secret')
      },
    },
    {
      id: '201/-/as-asked',
      promise: 'keeps what the body says, and the defaults of what it leaves out of the retry policy',
      checks: ['settings'],
      run: async (context) => {
        const settings = { url, events: ['message' as const], active: false }
        const made = await scratch(context, {
          ...settings,
          customHeaders: { 'X-One': '1' },
          retryPolicy: { attempts: 3 },
        })
        const { customHeaders = {}, retryPolicy, events, active } = made
        // Case makes no difference in names of headers.
        const names = Object.entries(customHeaders).map(([name, value]) => [name.toLowerCase(), value])
        const { policy, delaySeconds, attempts } = retryPolicy
        const found = [made.url, events, active, policy, delaySeconds, attempts, names]
        const wanted = [url, settings.events, false, 'exponential', 2, 3, [['x-one', '1']]]
        context.check('settings', isDeepStrictEqual(found, wanted), `its settings are ${JSON.stringify(found)}`)
      },
    },
    {
      id: '201/-/key-of-other-organization',
      promise: 'takes the same key of another organization for another key',
      needs: ['tokens.otherOrg'],
      control: [idOf(base, '201/-/key-replayed')],
      checks: ['another'],
      run: async (context) => {
        const call = keyed({ operationId: 'createWebhook', body: { url } })
        const one = await context.send<Webhook>(call, { status: 201 })
        const other = await context.send<Webhook>({ ...call, caller: { token: 'otherOrg' } }, { status: 201 })
        context.check(
          'another',
          one.body.id !== other.body.id,
          'it answered with the webhook of the other organization',
        )
      },
    },
    ...onlyOwnSessions(base, { url }),
  ]),
  ...cases(base, {}, [
    {
      id: '409/conflict/webhook-quota',
      promise:
        'makes no webhook for an organization that has as many as it may have, and says that waiting does not help',
      features: ['rateLimits', 'hook'],
      effects: ['webhooks'],
      control: [idOf(base)],
      checks: ['reason', 'no-retry'],
      run: async (context) => {
        const state = await context.exhaust('createWebhook', 'webhook_quota')
        const call = exhausted({ operationId: 'createWebhook', body: { url } }, state)
        const answer = await context.send(call, { status: 409, code: 'conflict' })
        const reason = reasonOf(answer)
        context.check('reason', reason === 'webhook_quota', `details.reason is ${reason} instead of webhook_quota`)
        const after = answer.headers['retry-after']
        context.check('no-retry', after === undefined, `Retry-After is ${after}, and no waiting helps`)
      },
    },
    refuses('url-absent', 'refuses a webhook without a URL', {}),
    refuses('url-of-mail', 'refuses a URL that is not of HTTP', { url: 'mailto:owner@example.com' }),
    refuses(
      'url-of-metadata',
      "refuses the address of a cloud's metadata",
      { url: 'http://169.254.169.254/latest' },
      beyondSchema,
    ),
    ...refusesUrls(base),
    refuses(
      'url-with-password',
      'refuses a URL with a name and a password',
      { url: 'https://me:secret@example.com/' },
      beyondSchema,
    ),
    refuses('events-empty', 'refuses to send no events', { url, events: [] }),
    refuses('events-unknown', 'refuses an event that does not exist', { url, events: ['message.read'] }),
    refuses(
      'header-of-http',
      'refuses a header that is not for callers to set',
      {
        url,
        customHeaders: { Host: 'example.com' },
      },
      beyondSchema,
    ),
    refuses(
      'header-of-signature',
      'refuses a header of the signature',
      {
        url,
        customHeaders: { 'Webhook-Signature': 'v1,forged' },
      },
      beyondSchema,
    ),
    refuses('attempts-none', 'refuses a policy without attempts', { url, retryPolicy: { attempts: 0 } }),
  ]),
]
