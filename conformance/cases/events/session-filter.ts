import { type Base, refusal } from '../../base.ts'

/** Of an operation that takes `session` in its query: the refusals of a session that is not there for the caller. */
export const sessionFilterRefusals = (base: Base) => [
  refusal(base, {
    id: '404/not_found/filter-session-unknown',
    promise: 'does not find a session that does not exist',
    needs: ['fixtures.unknownSession'],
    broken: false,
    edit: (call, context) => ({ ...call, query: { ...call.query, session: context.get('fixtures.unknownSession') } }),
  }),
  refusal(base, {
    id: '404/not_found/filter-session-foreign',
    promise: 'does not find a session of another organization',
    needs: ['fixtures.otherOrgSession'],
    broken: false,
    live: true,
    edit: (call, context) => ({ ...call, query: { ...call.query, session: context.get('fixtures.otherOrgSession') } }),
  }),
]
