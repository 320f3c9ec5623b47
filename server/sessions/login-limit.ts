/**
 * A fair queue for logins: few at a time, spaced in time. Organizations take turns, and so do the sessions of one organization, so
 * that nobody is starved by an organization or session with many logins. Urgent logins, for which a person waits, go first, but a
 * third of the turns and slots is kept for the others.
 *
 * Several nodes: WhatsApp counts logins by IP address, so nodes behind one address need one queue.
 */

export interface LoginSlot {
  /** Resolves when the login may start; never, if `leave` was called before. */
  granted: Promise<void>
  /** Ends the login or its wait. Idempotent. */
  leave(): void
}

/** One session in the queue. */
export interface LoginMember {
  /**
   * Waits for a slot. Leaves the session's previous slot.
   * @param urgent a person waits. Urgent logins of one session are rate-limited
   */
  enter(urgent: boolean): LoginSlot
}

export interface LoginLimit {
  /** @param organizationId the organization whose turns the session shares */
  join(organizationId: string): LoginMember
}

export interface LoginLimitOptions {
  /** Logins at a time. */
  max?: number
  /** A login that takes longer loses its slot to the next one; it goes on nevertheless. */
  holdMs?: number
  /** Mean time between two logins. */
  gapMs?: number
  /** The time between two urgent logins of one session after a burst of `urgentBurst`. */
  urgentGapMs?: number
  urgentBurst?: number
  random: () => number
}

/** After this many urgent logins in a row the others have a turn. */
const urgentInARow = 2

type Kind = 'urgent' | 'other'

/** The one with the longest time since its last turn goes first. */
interface Turns {
  turn: number
}

type Organization = Record<Kind, Turns & { waiting: Set<Waiting> }>

interface Waiting {
  member: Turns
  grant(): void
}

export const createLoginLimit = (options: LoginLimitOptions): LoginLimit => {
  const { max = 5, holdMs = 30_000, gapMs = 100, urgentGapMs = 2_000, urgentBurst = 5, random } = options
  /** The remaining slots are for the others, so that slow urgent logins cannot starve them. */
  const urgentPlaces = Math.max(1, max - Math.ceil(max / 3))
  /** By id; one small entry for each organization that had a session in this process. */
  const organizations = new Map<string, Organization>()
  /** Counts turns. */
  let turn = 0
  const busy = { urgent: 0, other: 0 }
  /** Urgent turns since the last turn of the others. */
  let urgentTurns = 0
  let pause: NodeJS.Timeout | undefined

  const organizationOf = (id: string): Organization => {
    const known = organizations.get(id)
    if (known !== undefined) return known
    const made: Organization = { urgent: { turn: 0, waiting: new Set() }, other: { turn: 0, waiting: new Set() } }
    organizations.set(id, made)
    return made
  }

  /** The organizations with waiting sessions. */
  const queueOf = (kind: Kind) =>
    [...organizations.values()].map((organization) => organization[kind]).filter(({ waiting }) => waiting.size > 0)

  const kindOfNext = (queues: Record<Kind, unknown[]>): Kind | undefined => {
    const mayBeUrgent = queues.urgent.length > 0 && busy.urgent < urgentPlaces
    if (queues.other.length === 0) return mayBeUrgent ? 'urgent' : undefined
    return mayBeUrgent && urgentTurns < urgentInARow ? 'urgent' : 'other'
  }

  const next = () => {
    if (pause !== undefined || busy.urgent + busy.other >= max) return
    const queues = { urgent: queueOf('urgent'), other: queueOf('other') }
    const kind = kindOfNext(queues)
    if (kind === undefined) return
    const queue = first(queues[kind], (organization) => organization.turn)
    const waiting = first(queue?.waiting ?? [], ({ member }) => member.turn)
    if (queue === undefined || waiting === undefined) return
    turn += 1
    queue.turn = turn
    waiting.member.turn = turn
    urgentTurns = kind === 'urgent' && queues.other.length > 0 ? urgentTurns + 1 : 0
    queue.waiting.delete(waiting)
    busy[kind] += 1
    waiting.grant()
    pause = setTimeout(
      () => {
        pause = undefined
        next()
      },
      gapMs * (0.5 + random()),
    )
    pause.unref()
  }

  return {
    join(organizationId) {
      const organization = organizationOf(organizationId)
      turn += 1
      const member: Turns = { turn }
      const pace = createPace(urgentGapMs, urgentBurst)
      let latest: LoginSlot | undefined

      return {
        enter(urgent) {
          latest?.leave()
          const kind = urgent ? 'urgent' : 'other'
          const { waiting: queue } = organization[kind]
          const { promise: granted, resolve } = Promise.withResolvers<void>()
          let state: 'waiting' | 'granted' | 'left' = 'waiting'
          /** First the rate limit before it joins the queue; later the time until it loses its slot. */
          let timer: NodeJS.Timeout | undefined

          const slot: LoginSlot = {
            granted,
            leave() {
              clearTimeout(timer)
              if (state === 'waiting') queue.delete(waiting)
              if (state === 'granted') busy[kind] -= 1
              state = 'left'
              next()
            },
          }
          const waiting: Waiting = {
            member,
            grant() {
              state = 'granted'
              if (urgent) pace.took()
              timer = setTimeout(slot.leave, holdMs)
              timer.unref()
              resolve()
            },
          }
          const line = () => {
            queue.add(waiting)
            next()
          }
          latest = slot
          const early = urgent ? pace.earlyBy() : 0
          if (early > 0) {
            timer = setTimeout(line, early)
            timer.unref()
          } else line()
          return slot
        },
      }
    },
  }
}

/** The one with the smallest number; the first of several. */
const first = <T>(all: Iterable<T>, numberOf: (one: T) => number): T | undefined => {
  let found: T | undefined
  for (const one of all) if (found === undefined || numberOf(one) < numberOf(found)) found = one
  return found
}

/** Rate limit: a burst of `burst`, then one each `gapMs`. */
const createPace = (gapMs: number, burst: number) => {
  /** When the whole burst is available again, ms. */
  let wholeAt = Number.NEGATIVE_INFINITY
  return {
    took() {
      wholeAt = Math.max(wholeAt, performance.now()) + gapMs
    },
    /** Milliseconds until the next one is allowed. */
    earlyBy: () => wholeAt - performance.now() - gapMs * (burst - 1),
  }
}
