/** How far a webhook has come in the log. */
import type { LogCursor } from '../model/webhook.ts'
import type { Queue } from './queue.ts'

export interface Progress {
  /** The log was read up to a position; `resumed` = the part that is sent again has ended. */
  note(position: number, resumed: boolean): void
  /** From where reading goes on. */
  from(): LogCursor
  /** From where a restart goes on: before the first event that the store has no delivery of. */
  cursor(): LogCursor
}

export const createProgress = ({ position, replay }: LogCursor, queue: Pick<Queue, 'entries'>): Progress => {
  let readTo = position
  let isResumed = false
  return {
    note(to, resumed) {
      readTo = to
      isResumed ||= resumed
    },
    from: () => ({ position: readTo, ...(replay && !isResumed && { replay }) }),
    cursor() {
      const first = queue.entries().find(({ isStored }) => !isStored)
      const before = first === undefined ? readTo : first.position - 1
      const isReplaying = replay !== undefined && !(isResumed && before >= replay.resumeAt)
      return { position: before, ...(isReplaying && { replay }) }
    },
  }
}
