/** Which timer a chat has for disappearing messages: that of the newest message that came in, as each message of such a chat carries it. */
import { bounded, type Connection } from './connection.ts'

/** In chats in which nobody answers, the account's own messages would all be looked through. */
const mostLookedAt = 100

/** What the apps offer, in seconds: a day, a week, 90 days. */
const timers = [86_400, 604_800, 7_776_000]
/** The sender's clock starts the timer, WhatsApp's is the time of the message. */
const mostApartSeconds = 3_600

const select = `
  SELECT timestamp, details ->> 'expiresAt' AS expiresAt FROM (
    SELECT timestamp, seq, details, from_me, type FROM messages
    WHERE chat_id = (SELECT chat_id FROM messages WHERE id = ?) ORDER BY timestamp DESC, seq DESC LIMIT ${bounded}
  ) WHERE from_me = 0 AND type <> 'system' ORDER BY timestamp DESC, seq DESC LIMIT 1`

/** Of the chat of a message. @returns seconds; undefined when messages stay, or it is not known */
export const chatTimer = async (db: Connection, messageId: string): Promise<number | undefined> => {
  const [newest] = await db.all<{ timestamp: number; expiresAt: number | null }>(select, messageId, mostLookedAt)
  if (newest?.expiresAt === null || newest === undefined) return undefined
  const seconds = (newest.expiresAt - newest.timestamp) / 1_000
  return timers.find((timer) => Math.abs(timer - seconds) < mostApartSeconds)
}
