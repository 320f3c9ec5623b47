/**
 * A gate for logins: few at a time, not all in the same instant, and everybody's turn comes, whatever brings them and whoever
 * brings many. Organizations take turns, and the sessions of one organization do. Those that a person waits for go before the
 * others, who keep a third of the turns and of the places.
 *
 * Several nodes: WhatsApp sees all logins from one address together, so nodes behind one address need one limit.
 */

export interface LoginSlot {
  /** Resolves when the login may begin; never, when the slot was left before. */
  granted: Promise<void>
  /** The login is over, or not wanted any more. Idempotent. */
  leave(): void
}

/** One session's way through the gate. */
export interface LoginMember {
  /**
   * Waits for its turn. The session's slot of before is left, be it granted or not.
   * @param urgent a person waits. Asked for again and again, such a login waits for its time, too
   */
  enter(urgent: boolean): LoginSlot
}

export interface LoginLimit {
  /** @param organizationId with whose sessions it takes turns */
  join(organizationId: string): LoginMember
}

export interface LoginLimitOptions {
  /** Logins at a time. */
  max?: number
  /** A login that takes longer gives its place to the next; it goes on. */
  holdMs?: number
  /** Mean time between two logins. */
  gapMs?: number
  /** Between the urgent logins of one session, once it had `urgentBurst` of them in a row. */
  urgentGapMs?: number
  urgentBurst?: number
  random: () => number
}

/** After so many urgent logins in a row it is the turn of the others. */
const urgentInARow = 2

type Kind = 'urgent' | 'other'

/** Whose last turn was longer ago goes first. */
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
  /** The rest is for others: one that comes finds a place free, be the urgent ones as slow as they like. */
  const urgentPlaces = Math.max(1, max - Math.ceil(max / 3))
  /** One small entry for each that had a session in this process. */
  const organizations = new Map<string, Organization>()
  /** Counts turns. */
  let turn = 0
  const busy = { urgent: 0, other: 0 }
  /** Since the last turn of the others. */
  let urgentTurns = 0
  let pause: NodeJS.Timeout | undefined

  const organizationOf = (id: string): Organization => {
    const known = organizations.get(id)
    if (known !== undefined) return known
    const made: Organization = { urgent: { turn: 0, waiting: new Set() }, other: { turn: 0, waiting: new Set() } }
    organizations.set(id, made)
    return made
  }

  /** The organizations of which somebody waits. */
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
          /** Until it may wait with the others; then, until its place is taken away. */
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

/** The one with the smallest number; of several, the one that came first. */
const first = <T>(all: Iterable<T>, numberOf: (one: T) => number): T | undefined => {
  let found: T | undefined
  for (const one of all) if (found === undefined || numberOf(one) < numberOf(found)) found = one
  return found
}

/** Lets `burst` through at once, and then one each `gapMs`. */
const createPace = (gapMs: number, burst: number) => {
  /** When the burst is whole again, ms. */
  let wholeAt = Number.NEGATIVE_INFINITY
  return {
    took() {
      wholeAt = Math.max(wholeAt, performance.now()) + gapMs
    },
    /** Milliseconds until the next one is through. */
    earlyBy: () => wholeAt - performance.now() - gapMs * (burst - 1),
  }
}
