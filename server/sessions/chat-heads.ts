/**
 * Keeps the order of a chat when a message cannot be sent for now: what comes after it waits until it has been sent or has ended, but
 * not for longer than ten minutes.
 */
import type { Jid } from '../model/jid.ts'

export interface ChatHeads {
  /** Call when a message could not be sent for now. */
  stuck(chat: Jid, waId: string): void
  /** Call when it was given to WhatsApp, or has ended. */
  passed(chat: Jid, waId: string): void
  /** Whether a message has to wait for another one of its chat. */
  mustWait(chat: Jid, waId: string): Promise<boolean>
}

export interface ChatHeadsParts {
  /** Whether a message has not ended. */
  isOpen: (waId: string) => Promise<boolean>
  /** Epoch ms. */
  clock: () => number
}

const longestMs = 10 * 60_000

export const createChatHeads = ({ isOpen, clock }: ChatHeadsParts): ChatHeads => {
  const heads = new Map<Jid, { waId: string; since: number }>()
  return {
    stuck(chat, waId) {
      if (!heads.has(chat)) heads.set(chat, { waId, since: clock() })
    },

    passed(chat, waId) {
      if (heads.get(chat)?.waId === waId) heads.delete(chat)
    },

    async mustWait(chat, waId) {
      const head = heads.get(chat)
      if (head === undefined || head.waId === waId || head.since + longestMs <= clock()) return false
      // Any node may have cancelled it.
      if (await isOpen(head.waId)) return true
      heads.delete(chat)
      return false
    },
  }
}
