/** Shows "typing…" before a text is sent, for as long as a quick writer would take. */
import type { Jid } from '../model/jid.ts'
import { createPause } from '../model/pause.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'

const msPerCharacter = 1_000 / 15
const longestMs = 10_000
/** What a caller who waits for WhatsApp's answer has left for it. */
const answerMs = 5_000
/** A presence is not worth waiting for. */
const presenceMs = 1_000

/** @param leftMs how long the caller still waits; Infinity when nobody does */
export const typingMs = (text: string, leftMs: number): number =>
  Math.round(Math.max(0, Math.min(text.length * msPerCharacter, longestMs, leftMs - answerMs)))

/** Resolves when so much time has passed. A presence that is not sent is no reason not to send the message. */
export const showTyping = async (
  client: Pick<WhatsAppClient, 'sendChatPresence'>,
  to: Jid,
  ms: number,
): Promise<void> => {
  if (ms <= 0) return
  await client.sendChatPresence(to, 'composing', { withinMs: presenceMs }).catch(() => {})
  await createPause({ isIdle: true }).sleep(ms)
}
