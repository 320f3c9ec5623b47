/** What cases of webhooks share. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, refusal } from '../../base.ts'
import type { Call, Caller, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { canonical } from '../../parley.ts'
import type { Row } from '../../table.ts'
import { sameAsUnknown } from '../../traits/isolation.ts'

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
  {
    id: '404/not_found/webhook-foreign-as-unknown',
    promise: 'answers for a webhook of another organization exactly as for one that does not exist',
    clause: '/info/description',
    needs: [...needsOf(base), 'tokens.otherOrg', 'fixtures.unknownWebhook'],
    effects: effectsOf(base),
    control: [idOf(base, '404/not_found/webhook-foreign'), idOf(base, '404/not_found/webhook-unknown')],
    live: true,
    checks: ['same-bytes'],
    run: async (context) => {
      const ours: Call = { ...(await admittedCall(base, context)), caller: { token: 'otherOrg' } }
      const nobodys = { ...ours, path: { ...ours.path, webhook: context.get('fixtures.unknownWebhook') } }
      await sameAsUnknown(context, ours, nobodys, '')
    },
  },
]

const unknownSession = 'sess_00000000000000000000000000'

/** A body may name only sessions of the organization. @param members the other members of the body */
export const onlyOwnSessions = (base: Base, members: object): Row[] => {
  const naming = (call: Call, sessionId: string): Call => ({ ...call, body: { ...members, sessionId } })
  return [
    refusal(base, {
      id: '404/not_found/named-session-unknown',
      promise: 'takes no session that does not exist, and says where it is named',
      broken: false,
      live: true,
      edit: (call) => naming(call, unknownSession),
    }),
    refusal(base, {
      id: '404/not_found/named-session-foreign',
      promise: 'takes no session of another organization',
      needs: ['fixtures.otherOrgSession'],
      broken: false,
      live: true,
      edit: (call, context) => naming(call, context.get('fixtures.otherOrgSession')),
    }),
    {
      id: '404/not_found/named-session-foreign-as-unknown',
      promise: 'answers for a named session of another organization exactly as for one that does not exist',
      clause: '/info/description',
      needs: [...needsOf(base), 'fixtures.otherOrgSession'],
      effects: effectsOf(base),
      control: [idOf(base, '404/not_found/named-session-unknown'), idOf(base, '404/not_found/named-session-foreign')],
      live: true,
      checks: ['same-bytes'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const theirs = naming(call, context.get('fixtures.otherOrgSession'))
        await sameAsUnknown(context, theirs, naming(call, unknownSession), '')
      },
    },
  ]
}
