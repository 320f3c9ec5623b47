/** Servers whose stream of events is not the log. */
import { as, insteadOf, on, refuse, withHeaders, withQuery } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const id = 'streamEvents'
const own = (...variants: string[]) => variants.map((variant) => `${id}/200/-/${variant}`)
const touches = [`${id}/200/*`]

const refuses = () => refuse(422, 'validation_error')

/** Changes the blocks of the stream. */
const blocks = (change: (blocks: string[]) => string[]): Pick<Mutant, 'make'> => ({
  make: () =>
    on(id, async (asked, ask) => {
      const answer = await ask(asked)
      if (answer.status !== 200 || asked.method === 'HEAD') return answer
      const all = answer.bytes.toString('utf8').split('\n\n').slice(0, -1)
      return {
        ...answer,
        bytes: Buffer.from(
          change(all)
            .map((block) => `${block}\n\n`)
            .join(''),
        ),
      }
    }),
})

const hasData = (block: string) => /^data:/m.test(block)

export const streams: readonly Mutant[] = [
  {
    id: 'streams/begins-without-position',
    fault: 'does not say from where a stream goes on until there is an event',
    killedBy: [...own('begins-with-position'), 'createEventTicket/201/-/comes-back-without-event'],
    because: /the first is|answered 401/,
    touches: [`${id}/*`],
    ...blocks((all) => all.filter(hasData)),
  },
  {
    id: 'streams/begins-at-zero',
    fault: 'says that a stream goes on from the beginning of the log',
    killedBy: own('begins-with-position'),
    because: 'the first is',
    touches: [`${id}/*`],
    ...blocks((all) => all.map((block) => (hasData(block) ? block : block.replace(/^id: \d+/, 'id: 0')))),
  },
  {
    id: 'streams/one-left-out',
    fault: 'leaves out an event',
    killedBy: own('as-listed'),
    because: 'the list has other events',
    touches,
    ...blocks((all) => all.toSpliced(all.findIndex(hasData), 1)),
  },
  {
    id: 'streams/one-twice',
    fault: 'sends an event twice',
    killedBy: own('as-listed'),
    because: 'the list has other events',
    touches,
    ...blocks((all) => [...all.filter(hasData).slice(0, 1), ...all]),
  },
  {
    id: 'streams/id-of-event',
    fault: 'sends the id of the event in place of its position',
    killedBy: own('as-listed'),
    because: /id evt_\w+ is of position/,
    touches: [`${id}/*`],
    ...blocks((all) =>
      all.map((block) => {
        const [, event] = /"id":"(evt_\w+)"/.exec(block) ?? []
        return event === undefined ? block : block.replace(/^id: .*/m, `id: ${event}`)
      }),
    ),
  },
  {
    id: 'streams/no-names',
    fault: 'sends all events without a name',
    killedBy: own('as-listed'),
    because: /event undefined is a/,
    touches,
    ...blocks((all) => all.map((block) => block.replace(/^event: (?!gap).*\n/m, ''))),
  },
  {
    id: 'streams/last-event-id-ignored',
    fault: 'begins again when a reader comes back',
    killedBy: own('resumed'),
    because: /after \d+ come/,
    touches: [`${id}/400|422/*`],
    make: () => on(id, (asked, ask) => ask(withHeaders(asked, { 'last-event-id': undefined }))),
  },
  {
    id: 'streams/last-again',
    fault: 'sends the last event again when a reader comes back',
    killedBy: own('resumed'),
    because: /after \d+ come/,
    make: () =>
      on(id, (asked, ask) => {
        const last = Number(asked.headers['last-event-id'])
        return ask(last > 0 ? withHeaders(asked, { 'last-event-id': String(last - 1) }) : asked)
      }),
  },
  {
    id: 'streams/filter-event-ignored',
    fault: 'sends all events, whatever is asked for',
    killedBy: own('filter-event'),
    because: 'was not asked for',
    touches: [`${id}/400|422/*`],
    make: () => on(id, (asked, ask) => ask(asked.query.has('since') ? withQuery(asked, { event: undefined }) : asked)),
  },
  {
    id: 'streams/another-organization',
    fault: 'sends the events of one organization to another',
    killedBy: own('other-organization'),
    because: 'another organization is told of',
    touches: [`${id}/*`],
    make: (target) =>
      on(id, (asked, ask) =>
        ask(asked.caller === 'otherOrg' && !asked.query.has('session') ? as(asked, target, 'full') : asked),
      ),
  },
  {
    id: 'streams/gap-not-told',
    fault: 'does not say that the log ends before the position',
    killedBy: own('gap'),
    because: 'the first is',
    touches,
    ...blocks((all) => all.filter((block) => !/^event: gap$/m.test(block))),
  },
  {
    id: 'streams/position-0-refused',
    fault: 'refuses the position before the first event',
    killedBy: own('from-the-first', 'as-listed'),
    because: 'answered 422',
    touches: [`${id}/*`],
    make: () => on((asked) => asked.operationId === id && asked.query.get('since') === '0', refuses),
  },
  {
    id: 'streams/session-of-another-organization',
    fault: 'sends nothing for a session that the caller does not have, and does not say that it is not found',
    killedBy: [`${id}/404/not_found/filter-session-foreign`, `${id}/404/not_found/filter-session-unknown`],
    because: 'answered 200',
    touches: [`${id}/*`],
    make: ({ fixtures }) =>
      on(
        (asked) =>
          asked.operationId === id &&
          [fixtures.otherOrgSession, fixtures.unknownSession].includes(asked.query.get('session') ?? ''),
        insteadOf(404, (asked, ask) => ask(withQuery(asked, { session: fixtures.liveSession, event: 'chat.update' }))),
      ),
  },
]
