/** What a webhook still has to get, and what of it may be sent now. */
import type { StoredEvent } from '../model/events.ts'
import type { Attempted, OpenDelivery } from '../model/webhook.ts'
import type { Told } from './send.ts'

/** An event that is still to be delivered. */
export interface Entry extends OpenDelivery {
  /** Absent = it has to be read from the log. */
  event?: StoredEvent
  /** It is in no log: what it says. */
  notice?: Told
  /** The store has a delivery of it. */
  isStored: boolean
  /** An attempt is in progress. */
  isSending: boolean
}

export interface Queue {
  /** Ignores a position that it has. */
  add(entry: Entry): void
  remove(entry: Entry): void
  has(position: number): boolean
  /** By position. */
  entries(): readonly Entry[]
  /**
   * The first entry that is due, not being sent, and not behind another one of its chat, unless that one has failed for ten minutes.
   * @param now epoch milliseconds
   */
  next(now: number): Entry | undefined
  /** When `next` has to be called again though nothing else happens, in epoch milliseconds; undefined = never. */
  wakeAt(now: number): number | undefined
}

/** For so long a delivery that fails holds up later ones of its chat. */
const orderMs = 600_000

export const createQueue = (): Queue => {
  let entries: Entry[] = []

  /** Entries that are not held up. */
  const heads = function* (now: number) {
    const chats = new Set<number | undefined>()
    for (const entry of entries) {
      const isHeld = chats.has(entry.chatId)
      if (!isHeld) yield entry
      if ((entry.firstFailedAt ?? now) > now - orderMs) chats.add(entry.chatId)
    }
  }

  return {
    add(entry) {
      const before = entries.findLastIndex(({ position }) => position <= entry.position)
      if (entries[before]?.position === entry.position) return
      entries.splice(before + 1, 0, entry)
    },
    remove(entry) {
      entries = entries.filter((one) => one !== entry)
    },
    has: (position) => entries.some((entry) => entry.position === position),
    entries: () => entries,
    next(now) {
      for (const entry of heads(now)) if (!entry.isSending && entry.nextAttemptAt <= now) return entry
      return undefined
    },
    wakeAt(now) {
      let at: number | undefined
      for (const { isSending, nextAttemptAt, firstFailedAt } of entries) {
        const times = [isSending ? undefined : nextAttemptAt, firstFailedAt && firstFailedAt + orderMs]
        for (const time of times) if (time !== undefined && time > now) at = Math.min(at ?? time, time)
      }
      return at
    },
  }
}

/** As it is stored. */
export const deliveryOf = ({ position, attempts, firstFailedAt, nextAttemptAt }: Entry): Omit<Attempted, 'status'> => ({
  position,
  attempts,
  ...(firstFailedAt !== undefined && { firstFailedAt }),
  nextAttemptAt,
})
