/** Read receipts of a session with `autoRead`. */
import type { Logger } from 'pino'
import type { Fact, SealedFact } from '../model/facts.ts'
import { isGroup, isPerson } from '../model/jid.ts'
import type { MessageRef } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'

/** The most read receipts that wait for a connection; the oldest are dropped. */
const mostWaiting = 1_000

export interface ReadReceipts {
  /** Sends receipts; what cannot be sent on this connection is sent on the next one. */
  send(messages: MessageRef[]): void
  /** Sends the receipts that wait. */
  sendWaiting(): void
}

/** @param client the open one; undefined while there is none */
export const createReadReceipts = (
  sessionId: string,
  client: () => WhatsAppClient | undefined,
  log: Pick<Logger, 'debug'>,
): ReadReceipts => {
  let waiting: MessageRef[] = []

  const send = (messages: MessageRef[]) => {
    if (messages.length === 0) return
    const notSent = (error?: unknown) => {
      waiting = [...waiting, ...messages].slice(-mostWaiting)
      log.debug({ sessionId, err: error }, 'read receipts were not sent')
    }
    const open = client()
    if (open === undefined) notSent()
    else open.sendReadReceipts(messages).catch(notSent)
  }

  return { send, sendWaiting: () => send(waiting.splice(0)) }
}

/** Undefined for messages that get no receipt: own, old and unreadable ones, and those outside of direct chats and groups. */
export const readableRef = (fact: Fact): MessageRef | undefined => {
  if (fact.kind === 'sealed') return fact.holds === 'comment' ? refOf(fact.carrier) : undefined
  return fact.kind === 'message' && !fact.undecryptable ? refOf(fact) : undefined
}

const refOf = ({ chat, id, sender, fromMe, live }: SealedFact['carrier']): MessageRef | undefined => {
  if (fromMe || !live) return undefined
  if (isGroup(chat)) return sender === undefined ? undefined : { chat, id, participant: sender }
  return isPerson(chat) ? { chat, id } : undefined
}
