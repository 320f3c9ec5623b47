/** What is true for a moment only: it is told to those who listen, and is in no log. */
import { ulid } from 'ulid'
import type { PassingEvent } from '../model/events.ts'
import { createLru } from '../model/lru.ts'
import type { Owned } from '../model/owned.ts'
import type { Presence, WhatsApp } from '../ports/whatsapp/connection.ts'

export interface PassingParts {
  /** Called with each event. */
  pass: (event: PassingEvent) => void
  /** Epoch milliseconds. */
  clock: () => number
}

/** Between two presences of one person in one chat. */
const calmMs = 1_000
/** People whose presence was reported just now. */
const mostCalm = 10_000

/** Wraps `WhatsApp`, so that codes and presences of its connections are passed on as events. */
export const withPassing = (whatsapp: WhatsApp, { pass, clock }: PassingParts): WhatsApp => {
  const tell = ({ organizationId, sessionId }: Owned, event: PassingEvent['event'], payload: object) => {
    const at = clock()
    pass({ id: `evt_${ulid(at)}`, event, organizationId, sessionId, at, payload: JSON.stringify(payload) })
  }
  const calmly = createCalm<Presence>()
  return {
    connect: (options) => {
      const { owned, onEvent } = options
      return whatsapp.connect({
        ...options,
        onEvent: (event) => {
          if (event.type === 'qr') tell(owned, 'auth.qr', { qr: { expiresAt: event.expiresAt } })
          onEvent(event)
        },
        onPresence: (presence) =>
          calmly(`${owned.sessionId} ${presence.chat} ${presence.jid}`, presence, ({ chat, ...shown }) =>
            tell(owned, 'presence.update', { presence: { chatJid: chat, ...shown } }),
          ),
      })
    },
  }
}

/**
 * Passes on the first of several at once, and after a pause the last of those that came in it.
 * @returns takes a value under a name
 */
export const createCalm = <T>() => {
  const latest = createLru<string, { value?: T }>(mostCalm)
  return (name: string, value: T, pass: (value: T) => void): void => {
    const waiting = latest.get(name)
    if (waiting !== undefined) {
      waiting.value = value
      return
    }
    const pause = () => {
      const held: { value?: T } = {}
      latest.set(name, held)
      setTimeout(() => {
        latest.delete(name)
        if (held.value === undefined) return
        pass(held.value)
        pause()
      }, calmMs).unref()
    }
    pass(value)
    pause()
  }
}
