/**
 * Tells whether anything of a message may have been written. The library logs a line directly before it writes a message; everything that
 * WhatsApp can refuse or leave unanswered (members, devices, keys) comes earlier.
 */
import { NotWritten } from '../../ports/whatsapp/calls.ts'

export interface Writes {
  /** Call with the id of each message that the library is about to write. */
  begin(id: string): void
  /** @throws NotWritten when the work failed before it began to write the message; otherwise what the work throws */
  watch(id: string, work: () => Promise<void>): Promise<void>
}

export const createWrites = (): Writes => {
  /** Messages that the library has in hand; true = it has begun to write. */
  const begun = new Map<string, boolean>()
  return {
    begin(id) {
      if (begun.has(id)) begun.set(id, true)
    },
    async watch(id, work) {
      begun.set(id, false)
      try {
        await work()
      } catch (error) {
        if (begun.get(id)) throw error
        throw new NotWritten('nothing of the message was written', { cause: error })
      } finally {
        begun.delete(id)
      }
    },
  }
}
