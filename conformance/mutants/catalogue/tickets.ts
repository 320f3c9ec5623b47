/** Servers whose tickets open too much, or too often. */
import {
  as,
  bodyOf,
  type Fault,
  insteadOf,
  isObject,
  on,
  withBody,
  withHeaders,
  withMembers,
  withQuery,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const creates = 'createEventTicket'
const own = (...variants: string[]) => variants.map((variant) => `${creates}/201/-/${variant}`)

/** Opens a stream of the first organization in place of a refusal, where the ticket is one that it likes. */
const opensFor = (likes: (ticket: string, made: ReadonlySet<string>) => boolean): Mutant['make'] => {
  return (target) => {
    const made = new Set<string>()
    const remembers: Fault = async (asked, ask) => {
      const answer = await ask(asked)
      if (answer.status === 201) made.add(bodyOf<{ ticket: string }>(answer).ticket)
      return answer
    }
    const opens = insteadOf(401, (asked, ask) => ask(as(asked, target, 'full')))
    return (asked, ask) => {
      if (asked.operationId === creates) return remembers(asked, ask)
      const ticket = asked.operationId === 'streamEvents' ? asked.query.get('ticket') : null
      const isLiked = ticket !== null && likes(ticket, made)
      return isLiked ? opens(asked, ask) : ask(asked)
    }
  }
}

export const tickets: readonly Mutant[] = [
  {
    id: 'tickets/twice',
    fault: 'opens a second stream with a ticket',
    killedBy: own('opens-once', 'comes-back'),
    because: 'answered 200',
    touches: own('head-leaves-it', 'session-deleted'),
    make: opensFor((ticket, made) => made.has(ticket)),
  },
  {
    id: 'tickets/any',
    fault: 'opens a stream with a ticket that it has not made',
    killedBy: [`${creates}/401/unauthorized/ticket-unknown`],
    because: 'answered 200',
    make: opensFor((ticket, made) => !made.has(ticket)),
  },
  {
    id: 'tickets/of-another-organization',
    fault: 'makes tickets of one organization for callers of another',
    killedBy: own('other-organization'),
    because: 'another organization is told of an event',
    make: (target) => on(creates, (asked, ask) => ask(asked.caller === 'otherOrg' ? as(asked, target, 'full') : asked)),
  },
  {
    id: 'tickets/for-everything',
    fault: 'makes tickets for all events, whatever is asked for',
    killedBy: own('restricted'),
    because: 'was not asked for',
    touches: own('session-deleted'),
    make: () =>
      on(creates, async (asked, ask) => {
        const answer = await ask(asked)
        return answer.status === 201 ? ask(withMembers(asked, () => ({}))) : answer
      }),
  },
  {
    id: 'tickets/begin-again',
    fault: 'begins again when a stream of a ticket goes on',
    killedBy: own('comes-back'),
    because: 'does not go on after the last id',
    make: () =>
      on('streamEvents', (asked, ask) => {
        const [, ticket] = /\.(.*)/.exec(asked.headers['last-event-id'] ?? '') ?? []
        return ask(ticket === undefined ? asked : withHeaders(asked, { 'last-event-id': `0.${ticket}` }))
      }),
  },
  {
    id: 'tickets/used-by-head',
    fault: 'uses up the ticket of a stream that HEAD is sent for',
    killedBy: own('head-leaves-it'),
    because: 'answered 401',
    make: () =>
      on('streamEvents', async (asked, ask) => {
        if (asked.method !== 'HEAD') return ask(asked)
        return { ...(await ask({ ...asked, method: 'GET' })), bytes: Buffer.alloc(0) }
      }),
  },
  {
    id: 'tickets/outlives-its-session',
    fault: 'opens a stream with a ticket whose session was deleted',
    killedBy: own('session-deleted'),
    because: 'answered 200',
    make: (target) => {
      const ofSessions = new Map<string, string>()
      const deleted = new Set<string>()
      return async (asked, ask) => {
        const answer = await ask(asked)
        const { operationId, body, query } = asked
        const { status } = answer
        if (operationId === creates && status === 201 && isObject(body) && typeof body.session === 'string')
          ofSessions.set(bodyOf<{ ticket: string }>(answer).ticket, body.session)
        if (operationId === 'deleteSession' && status === 204) deleted.add(asked.session)
        if (operationId !== 'streamEvents' || status !== 401) return answer
        const isOpened = deleted.has(ofSessions.get(query.get('ticket') ?? '') ?? '')
        return isOpened ? ask(as(withQuery(asked, { ticket: undefined }), target, 'full')) : answer
      }
    },
  },
  {
    id: 'tickets/session-of-another-organization',
    fault: 'makes tickets for sessions that the caller does not have',
    killedBy: [`${creates}/404/not_found/named-session-unknown`, `${creates}/404/not_found/named-session-foreign`],
    because: 'answered 201',
    make: () =>
      on(
        creates,
        insteadOf(404, (asked, ask) => ask(withBody(asked, {}))),
      ),
  },
]
