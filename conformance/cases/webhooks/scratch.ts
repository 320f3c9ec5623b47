/** What cases of webhooks share. */
import { type Base, refusal } from '../../base.ts'
import type { Caller, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { canonical } from '../../parley.ts'
import type { Row } from '../../table.ts'

export type Webhook = Schemas['Webhook']

/** A webhook for one case alone. @returns as it was created */
export const scratch = async (
  context: Context,
  body: Schemas['NewWebhook'],
  caller: Caller = { token: 'full' },
): Promise<Webhook> =>
  (await context.send<Webhook>({ operationId: 'createWebhook', body, caller }, { status: 201 })).body

export const get = async (context: Context, webhook: string): Promise<Webhook> =>
  (await context.send<Webhook>({ operationId: 'getWebhook', path: { webhook } }, { status: 200 })).body

/** An address that nobody has (RFC 2606). */
export const url = 'https://receiver.example/conformance'

/** Members of a webhook that its creator decides. */
export const settingsOf = ({ id, organizationId, secret, createdAt, updatedAt, ...settings }: Webhook) => settings

/** As text, whatever the order of members, and without those that the contract does not have. */
export const textOf = (settings: object): string => canonical('Webhook', settings as Webhook)

/** Refusals of an operation whose path names a webhook: those of others are as if they did not exist. */
export const notTheirs = (base: Base): Row[] => [
  refusal(base, {
    id: '404/not_found/webhook-unknown',
    promise: 'does not find a webhook that does not exist',
    needs: ['fixtures.unknownWebhook'],
    broken: false,
    edit: (call, context) => ({ ...call, path: { ...call.path, webhook: context.get('fixtures.unknownWebhook') } }),
  }),
  refusal(base, {
    id: '404/not_found/webhook-foreign',
    promise: 'does not find a webhook of another organization',
    needs: ['tokens.otherOrg'],
    broken: false,
    live: true,
    edit: (call) => ({ ...call, caller: { token: 'otherOrg' } }),
  }),
]
