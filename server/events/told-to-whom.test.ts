/** Whatever happens in which organization, each reader is told exactly what it may have and asked for, once and in order. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EventName, eventNames, type StoredEvent } from '../model/events.ts'
import type { EventRequest } from '../ports/store/events.ts'
import { createFollow, type Reader } from './follow.ts'
import { createNews } from './news.ts'

const organizations = ['org_1', 'org_2', 'org_3']
const sessionsOf = (organization: string) => [`sess_a_${organization}`, `sess_b_${organization}`]
const names: EventName[] = eventNames.slice(0, 4)

const openWorld = () => {
  const news = createNews()
  const logs = new Map(organizations.map((organization): [string, StoredEvent[]] => [organization, []]))
  const logOf = (organization: string) => logs.get(organization) ?? []
  const isOf =
    ({ sessionId, events }: Pick<Reader, 'sessionId' | 'events'>) =>
    (event: StoredEvent) =>
      (sessionId === undefined || event.sessionId === sessionId) && (events?.includes(event.event) ?? true)
  const head = (organization: string) => logOf(organization).length
  const readEvents = async (organization: string, { after, limit, ...filter }: EventRequest) => {
    const events = logOf(organization).slice(after).filter(isOf(filter)).slice(0, limit)
    const scanned = events.length === limit ? (events.at(-1)?.position ?? 0) : Math.max(after, head(organization))
    return { events, scanned, first: 1 }
  }
  return {
    follow: createFollow({ store: { readEvents, eventHead: async (organization) => head(organization) }, news }),
    commit: (what: { organization: string; session: number; event: EventName }[]) => {
      const events = what.map(({ organization, session, event }): StoredEvent => {
        const position = head(organization) + 1
        const sessionId = sessionsOf(organization)[session] ?? ''
        const id = `evt_${organization}_${position}`
        const stored = { organizationId: organization, position, id, event, sessionId, at: 0, payload: '{}' } as const
        logOf(organization).push(stored)
        return stored
      })
      news.told(events)
    },
    wanted: (reader: Reader) => logOf(reader.organizationId).slice(reader.since).filter(isOf(reader)),
  }
}

const organization = fc.constantFrom(...organizations)
const commits = fc.array(
  fc.array(fc.record({ organization, session: fc.nat(1), event: fc.constantFrom(...names) }), { maxLength: 8 }),
  { maxLength: 12 },
)
const readers = fc.array(
  fc.record(
    {
      organizationId: organization,
      sessionId: organization.chain((of) => fc.constantFrom(...sessionsOf(of))),
      events: fc.subarray(names, { minLength: 1 }),
    },
    { requiredKeys: ['organizationId'] },
  ),
  { minLength: 1, maxLength: 4 },
)

test('every event reaches the readers of its organization that asked for it, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(readers, commits, commits, async (open, before, after) => {
      const world = openWorld()
      const gone = new AbortController()
      for (const commit of before) world.commit(commit)
      const reading = open.map((reader) => {
        const told: string[] = []
        const read = async () => {
          for await (const step of world.follow({ ...reader, since: 0 }, gone.signal))
            if (step.kind === 'event') told.push(step.event.id)
        }
        return { reader: { ...reader, since: 0 }, told, ended: read() }
      })
      for (const commit of after) {
        world.commit(commit)
        // Readers are at different places when the next commit comes.
        if (commit.length % 2 === 0) await new Promise(setImmediate)
      }
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
      gone.abort()
      await Promise.all(reading.map(({ ended }) => ended))
      for (const { reader, told } of reading) expect(told).toEqual(world.wanted(reader).map(({ id }) => id))
    }),
    { numRuns: 300 },
  )
})
