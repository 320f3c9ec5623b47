/** Servers that look at things in the wrong order, and so tell callers what they need not know. */
import { answersWith, as, insteadOf, look, on, refuse, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const hasUnknown = ({ query }: { query: URLSearchParams }) => query.has('unknown')

export const order: readonly Mutant[] = [
  {
    id: 'order/validation-before-token',
    fault: 'looks at what was said before it asks who calls',
    killedBy: ['*/401/unauthorized/before-validation'],
    because: 'answered 422 instead of 401',
    make: (target) =>
      on(
        hasUnknown,
        insteadOf(401, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'order/validation-before-capability',
    fault: 'looks at what was said before it asks what the caller may',
    killedBy: ['*/403/forbidden/before-validation'],
    because: 'answered 422 instead of 403',
    make: (target) =>
      on(
        hasUnknown,
        insteadOf(403, (asked, ask) => ask(as(asked, target, 'full'))),
      ),
  },
  {
    id: 'order/session-before-token',
    fault: 'looks for the session before it asks who calls',
    killedBy: ['*/401/unauthorized/before-session-unknown'],
    because: 'answered 404 instead of 401',
    make: (target) =>
      on(
        ({ session }) => session !== '',
        insteadOf(401, async (asked, ask) => {
          const found = await ask(as(look(asked, `/sessions/${encodeURIComponent(asked.session)}`), target, 'full'))
          return found.status === 404 ? refuse(404, 'not_found') : ask(asked)
        }),
      ),
  },
  {
    id: 'order/session-before-capability',
    fault: 'looks for the session before it asks what the caller may',
    killedBy: ['*/403/forbidden/before-session-unknown'],
    because: 'answered 404 instead of 403',
    make: (target) =>
      on(
        ({ session }) => session !== '',
        insteadOf(403, async (asked, ask) => {
          const found = await ask(as(look(asked, `/sessions/${encodeURIComponent(asked.session)}`), target, 'full'))
          return found.status === 404 ? refuse(404, 'not_found') : ask(asked)
        }),
      ),
  },
  {
    id: 'order/session-before-validation',
    fault: 'looks for the session before it looks at what was said',
    killedBy: ['*/422/validation_error/before-session-unknown'],
    because: 'answered 404 instead of',
    make: () =>
      on(hasUnknown, async (asked, ask) => {
        const found = await ask(withQuery(asked, { unknown: undefined }))
        return found.status === 404 ? found : ask(asked)
      }),
  },
  {
    id: 'order/client-before-validation',
    fault: 'looks for a connected client before it looks at what was said',
    killedBy: ['setChatPresence/422/validation_error/before-session-offline'],
    because: 'answered 501 instead of',
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === 'setChatPresence' && session === fixtures.offlineSession,
        answersWith([400, 422], () => refuse(501, 'not_implemented')),
      ),
  },
]
