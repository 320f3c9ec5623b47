/**
 * Which timer a chat has for disappearing messages: what was said last, by the setting of the chat or by a message that came in, as each
 * message of such a chat carries the timer.
 */
import { bounded, type Connection } from './connection.ts'

/** In chats in which nobody answers, the account's own messages would all be looked through. */
const mostLookedAt = 100

/** What the apps offer, in seconds: a day, a week, 90 days. */
const timers = [86_400, 604_800, 7_776_000]
/** The sender's clock starts the timer, WhatsApp's is the time of the message. */
const mostApartSeconds = 3_600

const selectSetting = `
  SELECT timer AS seconds, timer_at AS at FROM chats WHERE id = (SELECT chat_id FROM messages WHERE id = ?) AND timer IS NOT NULL`

const selectNewest = `
  SELECT timestamp, details ->> 'expiresAt' AS expiresAt FROM (
    SELECT timestamp, seq, details, from_me, type FROM messages
    WHERE chat_id = (SELECT chat_id FROM messages WHERE id = ?) ORDER BY timestamp DESC, seq DESC LIMIT ${bounded}
  ) WHERE from_me = 0 AND type <> 'system' ORDER BY timestamp DESC, seq DESC LIMIT 1`

/** Of the chat of a message. @returns seconds; undefined when messages stay, or it is not known */
export const chatTimer = async (db: Connection, messageId: string): Promise<number | undefined> => {
  const [setting] = await db.all<{ seconds: number; at: number }>(selectSetting, messageId)
  const [newest] = await db.all<Newest>(selectNewest, messageId, mostLookedAt)
  if (setting !== undefined && (newest === undefined || setting.at >= newest.timestamp))
    return setting.seconds > 0 ? setting.seconds : undefined
  return newest && timerIn(newest)
}

interface Newest {
  timestamp: number
  expiresAt: number | null
}

const timerIn = ({ timestamp, expiresAt }: Newest): number | undefined => {
  if (expiresAt === null) return undefined
  const seconds = (expiresAt - timestamp) / 1_000
  return timers.find((timer) => Math.abs(timer - seconds) < mostApartSeconds)
}
