/**
 * Sends the messages of a session that wait for their turn: in the order of acceptance, as the pace of the session allows, and not at
 * regular intervals. A chat that has to wait, or takes its time, does not delay others.
 */
import type { Jid } from '../model/jid.ts'
import { createPause } from '../model/pause.ts'
import type { NextWaiting } from '../ports/store/outbox.ts'

export interface Pacer {
  /** Sends what may be sent. Call when a connection has opened, a message was accepted, or the pace has changed. */
  resume(): void
}

export interface PacerParts {
  /** The next one that is not for one of these chats. */
  next: (except: Jid[]) => Promise<NextWaiting | undefined>
  /** Resolves when it was written, or cannot be written now. */
  attempt: (waId: string, to: Jid) => Promise<void>
  isConnected: () => boolean
  /** Whether the session has a pace: without one nothing waits. */
  isPaced: () => boolean
  /** From 0 to below 1. */
  random: () => number
  onError: (error: unknown) => void
}

/** Between two messages, in milliseconds. */
const apart = { shortest: 800, longest: 2_500 }
/** How long one message may delay the next; a media file takes longer to be uploaded. */
const patienceMs = 1_000
/** Messages in hand at a time. */
const most = 4
/** The clock is looked at again after this time, because it may have been set. */
const longestSleepMs = 60_000

export const createPacer = (parts: PacerParts): Pacer => {
  const { next, attempt, isConnected, isPaced, random } = parts
  const inHand = new Map<Jid, Promise<void>>()
  /** Messages that could not be sent: they are tried again after the next `resume`. */
  const tried = new Set<string>()
  /** Their chats. */
  const aside = new Set<Jid>()
  const waiting = createPause({ isIdle: true })
  let isWanted = false
  let isWorking = false
  /** A message has left the hand, so that the next one of its chat may go. */
  let isFreed = false

  const begin = (waId: string, to: Jid): Promise<void> => {
    tried.add(waId)
    const done = attempt(waId, to)
      .catch(parts.onError)
      .finally(() => {
        inHand.delete(to)
        isFreed = true
        waiting.wake()
      })
    inHand.set(to, done)
    return done
  }

  const jitterMs = () => apart.shortest + random() * (apart.longest - apart.shortest)

  const tryAll = () => {
    tried.clear()
    aside.clear()
  }

  /** Until nothing can be sent any more. */
  const drain = async () => {
    while (isConnected()) {
      if (inHand.size >= most) await Promise.race(inHand.values())
      isFreed = false
      const found = await next([...inHand.keys(), ...aside])
      if (found === undefined && inHand.size === 0 && !isFreed) return
      if (found === undefined || 'waitMs' in found) {
        // Something has changed since it was asked for.
        if (isWanted) return
        if (isFreed) continue
        await waiting.sleep(Math.min(found?.waitMs ?? longestSleepMs, longestSleepMs))
        if (!isFreed) tryAll()
        continue
      }
      if (tried.has(found.waId)) {
        aside.add(found.to)
        continue
      }
      await Promise.race([begin(found.waId, found.to), createPause({ isIdle: true }).sleep(patienceMs)])
      if (isPaced()) await createPause({ isIdle: true }).sleep(jitterMs())
    }
  }

  const work = async () => {
    isWorking = true
    try {
      while (isWanted) {
        isWanted = false
        tryAll()
        await drain()
      }
    } catch (error) {
      parts.onError(error)
    } finally {
      isWorking = false
    }
  }

  return {
    resume() {
      isWanted = true
      waiting.wake()
      if (!isWorking) void work()
    },
  }
}
