/** Operations that need a connected client: what they answer without one, and what they look at before. */
import { type Base, idOf, refusal } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { type Fixture, parameters } from '../parameters.ts'
import { cases } from '../table.ts'
import type { Proofs } from './admission.ts'

export const live = (base: Base, { offline }: Proofs): Case[] => {
  if (!base.row.live || !base.row.statuses.includes(501) || !('session' in base.path)) return []
  const named = Object.keys(base.path).flatMap((name): [string, Fixture][] => {
    const fixture = base.offline?.path[name] ?? parameters[name]?.offline
    return fixture === undefined ? [] : [[name, fixture]]
  })
  const onOffline = (call: Call, context: Context): Call => {
    const path: Record<string, string> = { ...call.path, session: context.get('fixtures.offlineSession') }
    for (const [name, fixture] of named) {
      const fact = context.get(fixture)
      path[name] = typeof fact === 'string' ? fact : fact.id
    }
    return { ...call, path, ...(base.offline && { body: base.offline.body }) }
  }
  const common = { needs: ['fixtures.offlineSession' as const, ...named.map(([, fixture]) => fixture)] }
  return cases(base, {}, [
    refusal(base, {
      ...common,
      id: '501/not_implemented/session-offline',
      promise: 'says that the session has no connected client to deliver it',
      // The session is there and is the caller's own: it is only the client that is missing.
      control: offline === undefined ? [] : [offline],
      broken: false,
      edit: onOffline,
    }),
    refusal(base, {
      ...common,
      id: '422/validation_error/before-session-offline',
      promise: 'looks at what was said before it looks for a client',
      level: 'SHOULD',
      clause: '/info/description',
      control: [
        idOf(base, '400|422/validation_error/query-unknown'),
        idOf(base, '501/not_implemented/session-offline'),
      ],
      live: true,
      edit: (call, context) => ({ ...onOffline(call, context), query: { unknown: 1 } }),
    }),
  ])
}
