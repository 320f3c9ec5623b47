import { type FieldErrorCode, invalid, notFound, quotaReached } from '../model/errors.ts'
import type { Principal } from '../model/principal.ts'
import { maxCustomHeaders } from '../model/webhook.ts'
import type { HandlersOf, Schemas } from '../operation.ts'
import { type Outbound, OutboundFailure } from '../ports/outbound.ts'
import type { Store } from '../ports/store/store.ts'
import { CustomHeadersFull, WebhooksFull } from '../ports/store/webhooks.ts'
import type { Supervisor } from '../sessions/supervisor.ts'
import type { Deliverer } from '../webhooks/deliverer.ts'
import { newWebhook } from '../webhooks/new-webhook.ts'
import { isHeldHeader, type SendEvent } from '../webhooks/send.ts'
import { sendTest } from '../webhooks/send-test.ts'
import { newSecret } from '../webhooks/signature.ts'
import { deliveryObject, webhookObject } from '../webhooks/webhook-object.ts'
import type { CursorScope, Cursors } from './cursor.ts'
import { pageSize } from './page.ts'

export interface WebhookParts {
  store: Store
  supervisor: Pick<Supervisor, 'find'>
  outbound: Pick<Outbound, 'judge'>
  deliverer: Deliverer
  sendEvent: SendEvent
  /** How many webhooks an organization may have; undefined = any number. */
  webhooksOf: (organizationId: string) => number | undefined
  sessionCursors: Cursors<string>
  /** Epoch milliseconds. */
  clock: () => number
}

/** After a rotation the former secret signs for so long, too. */
const rotationMs = 24 * 3_600_000

export const webhooks = (parts: WebhookParts): HandlersOf<'Webhooks'> => {
  const { store, deliverer, sessionCursors: cursors, clock } = parts

  /** @throws GatewayError `not_found`, `validation_error` */
  const check = async (principal: Principal, { url, sessionId, customHeaders }: Schemas['WebhookChanges']) => {
    if (typeof sessionId === 'string' && (await parts.supervisor.find(principal, sessionId)) === undefined)
      throw notFound('session', '/body/sessionId')
    checkHeaders(customHeaders)
    if (url !== undefined) await checkUrl(parts.outbound, url)
  }

  return {
    async listWebhooks({ principal: { organizationId }, query }) {
      const scope: CursorScope = { operation: 'listWebhooks', within: organizationId }
      const after = query.cursor === undefined ? undefined : cursors.decode(scope, query.cursor)
      const limit = pageSize(query.limit)
      const { rows, last } = await store.listWebhooks(organizationId, { limit, ...(after !== undefined && { after }) })
      const nextCursor = last === undefined ? null : cursors.encode(scope, last)
      return { status: 200, body: { data: rows.map(webhookObject), nextCursor } }
    },

    async createWebhook({ principal, body, keep }) {
      await check(principal, body)
      const row = newWebhook(principal.organizationId, body, clock())
      const secret = newSecret()
      const answer = { status: 201 as const, body: { ...webhookObject(row), secret } }
      const most = parts.webhooksOf(row.organizationId)
      const more = { secret, ...(most !== undefined && { mostOfOrganization: most }) }
      await store.insertWebhook(row, { ...more, ...(keep && { kept: keep(answer) }) }).catch((error: unknown) => {
        throw error instanceof WebhooksFull ? tooManyWebhooks(most ?? 0) : error
      })
      deliverer.changed(row.id)
      return answer
    },

    async getWebhook({ object }) {
      return { status: 200, body: webhookObject(object) }
    },

    async updateWebhook({ principal, object, body }) {
      await check(principal, body)
      const row = await store.changeWebhook(object.id, body, clock()).catch((error: unknown) => {
        throw error instanceof CustomHeadersFull ? tooManyHeaders() : error
      })
      if (row === undefined) throw notFound('webhook')
      deliverer.changed(row.id)
      return { status: 200, body: webhookObject(row) }
    },

    async deleteWebhook({ object }) {
      if (!(await store.deleteWebhook(object.id))) throw notFound('webhook')
      deliverer.changed(object.id)
      return { status: 204 }
    },

    async testWebhook({ object, signal }) {
      const secrets = await store.webhookSecrets(object.id, clock())
      if (secrets === undefined) throw notFound('webhook')
      return { status: 200, body: await sendTest(parts.sendEvent, { row: object, secrets, now: clock() }, signal) }
    },

    async rotateWebhookSecret({ object }) {
      const now = clock()
      const secret = newSecret()
      const row = await store.rotateSecret(object.id, { secret, previousUntil: now + rotationMs }, now)
      if (row === undefined) throw notFound('webhook')
      deliverer.changed(row.id)
      return { status: 200, body: { ...webhookObject(row), secret } }
    },

    async replayWebhook({ object, body }) {
      const row = await store.replayLog(object.id, body)
      if (row === undefined) throw notFound('webhook')
      deliverer.changed(row.id)
      return { status: 200, body: webhookObject(row) }
    },

    async listDeliveries({ object: { id }, query }) {
      const scope: CursorScope = { operation: 'listDeliveries', within: id }
      const after = query.cursor === undefined ? undefined : cursors.decode(scope, query.cursor)
      const { rows, last } = await store.listDeliveries(id, {
        limit: pageSize(query.limit),
        ...(query.status && { status: query.status }),
        ...(after !== undefined && { after }),
      })
      const nextCursor = last === undefined ? null : cursors.encode(scope, last)
      return { status: 200, body: { data: rows.map((row) => deliveryObject(row, id)), nextCursor } }
    },

    async redeliver({ object: { id }, path }) {
      const again = await store.redeliver(id, path.delivery, clock())
      if (again === undefined) throw notFound('delivery')
      deliverer.added(id, again.open)
      return { status: 200, body: deliveryObject(again.shown, id) }
    },
  }
}

const tooManyHeaders = () =>
  invalid([
    {
      path: '/body/customHeaders',
      message: `customHeaders must have at most ${maxCustomHeaders} members`,
      code: 'too_long',
    },
  ])

export const tooManyWebhooks = (most: number) =>
  quotaReached(`the organization has reached its quota of ${most} webhooks`, 'webhook_quota')

const checkHeaders = (headers: Schemas['WebhookChanges']['customHeaders']) => {
  const names = Object.keys(headers ?? {})
  const held = names.find(isHeldHeader)
  if (held !== undefined) throw badHeader(held, `must not have ${held}`, 'other')
  const again = names.find((name, at) => names.findIndex((other) => isSameHeader(other, name)) < at)
  if (again !== undefined)
    throw badHeader(again, `must not have ${again} twice: names are case-insensitive`, 'repeated')
}

const isSameHeader = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

const badHeader = (name: string, says: string, code: FieldErrorCode) =>
  invalid([{ path: `/body/customHeaders/${name}`, message: `customHeaders ${says}`, code }])

/** @throws GatewayError `validation_error` */
const checkUrl = async (outbound: Pick<Outbound, 'judge'>, url: string) => {
  try {
    await outbound.judge(url)
  } catch (error) {
    if (!(error instanceof OutboundFailure)) throw error
    throw invalid([{ path: '/body/url', message: `url cannot be used: ${error.message}`, code: 'address' }])
  }
}
