/** A fake WhatsApp without a network: tests control its events, and it records the calls. */

import type { Me } from '../../model/account.ts'
import type { Fact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import {
  type Composed,
  type MessageRef,
  NotConnected,
  type PresenceState,
  type Stanza,
} from '../../ports/whatsapp/calls.ts'
import type { ClientEvent, CloseReason, ConnectOptions, WhatsApp } from '../../ports/whatsapp/connection.ts'
import { MediaFailure } from '../../ports/whatsapp/media.ts'

/** One connection, seen from WhatsApp's side. */
export interface MemoryConnection {
  readonly sessionId: string
  /** The only one that may be paired. */
  readonly account: Me | undefined
  /** `unlinked`: the gateway took its device away. */
  readonly state: 'connecting' | 'open' | 'closed' | 'unlinked'
  readonly presences: readonly { jid: Jid; state: PresenceState }[]
  readonly receipts: readonly MessageRef[]
  readonly sent: readonly Stanza[]
  /** Phones that a pairing code was asked for. */
  readonly phones: readonly string[]
  /** Groups that were asked about. */
  readonly groups: readonly Jid[]
  qr(code: string, expiresAt: number): void
  paired(me: Me): void
  open(me: Me): void
  closed(reason: CloseReason, detail?: string): void
  /** Resolves when the gateway has stored it. */
  tell(facts: Fact[]): Promise<void>
}

export interface MemoryWhatsApp extends WhatsApp {
  /** All connections there ever were, in the order in which they were begun. */
  readonly connections: readonly MemoryConnection[]
  /** The latest of a session. @throws Error when there was none */
  latest(sessionId: string): MemoryConnection
  /** From now on, closing waits for this promise. */
  closing: Promise<void>
  /** Names of groups; a request for any other is refused. */
  subjects: Map<Jid, string>
  /** Phone numbers that are not on WhatsApp. */
  strangers: Set<Jid>
  /** What a download of this path gives: it throws what a download throws. */
  files: (directPath: string) => AsyncIterable<Uint8Array>
  /** Where the phone uploads the file of this message again: it throws what asking throws. */
  reuploads: (messageId: string) => string | Promise<string>
  /** Before a message is written: what it throws is what sending throws. */
  sending: (stanza: Stanza) => void | Promise<void>
}

export const createMemoryWhatsApp = (): MemoryWhatsApp => {
  const connections: MemoryConnection[] = []
  const whatsapp: MemoryWhatsApp = {
    connections,
    latest(sessionId) {
      const found = connections.findLast((connection) => connection.sessionId === sessionId)
      if (found === undefined) throw new Error(`session ${sessionId} never connected`)
      return found
    },
    closing: Promise.resolve(),
    subjects: new Map(),
    strangers: new Set(),
    sending: () => {},
    files: () => {
      throw new MediaFailure('gone', 'no such file')
    },
    reuploads: () => {
      throw new MediaFailure('gone', 'no such file')
    },

    connect({ owned: { sessionId }, account, onEvent, ingest }: ConnectOptions) {
      let state: MemoryConnection['state'] = 'connecting'
      const presences: { jid: Jid; state: PresenceState }[] = []
      const receipts: MessageRef[] = []
      const sent: Stanza[] = []
      const phones: string[] = []
      const groups: Jid[] = []
      const mustBeOpen = () => {
        if (state !== 'open') throw new NotConnected('the session is not connected')
      }
      const say = (event: ClientEvent, next: MemoryConnection['state'] = state) => {
        if (state === 'closed' || state === 'unlinked') throw new Error('a closed connection says nothing')
        state = next
        onEvent(event)
      }
      const close = async () => {
        await whatsapp.closing
        if (state === 'connecting' || state === 'open') say({ type: 'closed', reason: 'closed', detail: '' }, 'closed')
      }

      connections.push({
        sessionId,
        account,
        get state() {
          return state
        },
        presences,
        receipts,
        sent,
        phones,
        groups,
        qr: (code, expiresAt) => say({ type: 'qr', code, expiresAt }),
        paired: (me) => say({ type: 'paired', me }),
        open: (me) => say({ type: 'open', me }, 'open'),
        closed: (reason, detail = 'scripted') => say({ type: 'closed', reason, detail }, 'closed'),
        tell: (facts) => ingest(facts, []),
      })

      return {
        async sendChatPresence(jid, presence) {
          mustBeOpen()
          presences.push({ jid, state: presence })
        },
        async sendReadReceipts(messages) {
          mustBeOpen()
          receipts.push(...messages)
        },
        async composeMessage({ draft, about }: Composed) {
          mustBeOpen()
          return { bytes: Buffer.from(JSON.stringify({ ...draft, about: about?.length })) }
        },
        async prepareChat() {
          mustBeOpen()
        },
        uploadFile: async () => ({ url: 'https://mmg.whatsapp.net/a', directPath: '/a' }),
        async sendMessage(stanza) {
          mustBeOpen()
          await whatsapp.sending(stanza)
          sent.push(stanza)
        },
        checkRestriction: async () => mustBeOpen(),
        async findPerson(jid) {
          mustBeOpen()
          return whatsapp.strangers.has(jid) ? undefined : jid
        },
        async openFile(directPath) {
          mustBeOpen()
          return whatsapp.files(directPath)
        },
        async askForFile({ key }) {
          mustBeOpen()
          return whatsapp.reuploads(key.id)
        },
        async groupName(jid) {
          mustBeOpen()
          groups.push(jid)
          const subject = whatsapp.subjects.get(jid)
          if (subject === undefined) throw new Error('forbidden')
          return subject
        },
        async requestPairingCode(phone) {
          if (state !== 'connecting') throw new NotConnected('pairing is not under way')
          phones.push(phone)
          return 'ABCD1234'
        },
        async logout() {
          mustBeOpen()
          await close()
          state = 'unlinked'
        },
        close,
        breakOff() {
          if (state === 'connecting' || state === 'open') say({ type: 'closed', reason: 'broke', detail: '' }, 'closed')
        },
      }
    },
  }
  return whatsapp
}
