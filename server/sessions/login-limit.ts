/** A gate for logins: few at a time, and not all in the same instant, whatever brings them. */

export interface LoginSlot {
  /** Resolves when the login may begin; never, when the slot was left before. */
  granted: Promise<void>
  /** The login is over, or not wanted any more. Idempotent. */
  leave(): void
}

export interface LoginLimit {
  /** @param urgent a person waits: before all that are not */
  enter(urgent: boolean): LoginSlot
}

export interface LoginLimitOptions {
  /** Logins at a time. */
  max?: number
  /** A login that takes longer gives its place to the next; it goes on. */
  holdMs?: number
  /** Mean time between two logins. */
  gapMs?: number
  random: () => number
}

interface Waiting {
  grant(): void
}

export const createLoginLimit = ({ max = 5, holdMs = 30_000, gapMs = 100, random }: LoginLimitOptions): LoginLimit => {
  const urgentOnes = new Set<Waiting>()
  const others = new Set<Waiting>()
  let busy = 0
  let pause: NodeJS.Timeout | undefined

  const next = () => {
    if (pause !== undefined || busy >= max) return
    const queue = urgentOnes.size > 0 ? urgentOnes : others
    const [first] = queue
    if (first === undefined) return
    queue.delete(first)
    busy += 1
    first.grant()
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
    enter(urgent) {
      const queue = urgent ? urgentOnes : others
      const { promise: granted, resolve } = Promise.withResolvers<void>()
      let hold: NodeJS.Timeout | undefined
      let state: 'waiting' | 'granted' | 'left' = 'waiting'
      const leave = () => {
        if (state === 'waiting') queue.delete(waiting)
        if (state === 'granted') {
          clearTimeout(hold)
          busy -= 1
        }
        state = 'left'
        next()
      }
      const waiting: Waiting = {
        grant() {
          state = 'granted'
          hold = setTimeout(leave, holdMs)
          hold.unref()
          resolve()
        },
      }
      queue.add(waiting)
      next()
      return { granted, leave }
    },
  }
}
