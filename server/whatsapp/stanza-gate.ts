/**
 * Stands between WhatsApp's message stanzas and the library. A stanza without encryption is journaled first: nothing else
 * would hold it. And while the library works off what waited for this connection, what is new waits behind it: a group message
 * may need the key that an older one carries.
 */
import type { BinaryNode } from '@whiskeysockets/baileys'
import { ciphertextsOf } from './journal-entry.ts'

export interface StanzaGate {
  /** Takes a message stanza as it came. */
  admit(stanza: BinaryNode): void
  /** Lets one pass that was here before: behind all that waits. */
  again(stanza: BinaryNode): void
  /** Call when the decryption of a stanza begins. */
  onDecrypting(stanza: BinaryNode): void
  /** Call when WhatsApp has sent all that waited. */
  onOfflineSent(): void
}

export interface StanzaGateOptions {
  /** Gives a stanza to the library. */
  pass: (stanza: BinaryNode) => void
  /** Resolves once it is in the journal. A rejection keeps it from the library. */
  journal: (stanza: BinaryNode) => Promise<BinaryNode>
}

export const createStanzaGate = ({ pass, journal }: StanzaGateOptions): StanzaGate => {
  /** Until the stanzas that wait for a journal entry have passed: later ones keep behind them. */
  let turn: Promise<void> | undefined
  let isOfflineSent = false
  /** The library has stanzas in its queue that waited for this connection. */
  let isCatchingUp = true
  let lastQueued: BinaryNode | undefined
  let lastDecrypting: BinaryNode | undefined

  const update = () => {
    isCatchingUp = !isOfflineSent || lastQueued !== lastDecrypting
  }

  const queue = (stanza: BinaryNode) => {
    // One at a time and in order: so the library takes what waited for it.
    stanza.attrs.offline ??= '0'
    if (ciphertextsOf(stanza).length > 0) lastQueued = stanza
    update()
    pass(stanza)
  }

  const hand = (stanza: BinaryNode) => {
    if (isCatchingUp) queue(stanza)
    else pass(stanza)
  }

  return {
    admit(stanza) {
      const isPlain = ciphertextsOf(stanza).length === 0
      if (turn === undefined && !isPlain) {
        hand(stanza)
        return
      }
      const before = turn ?? Promise.resolve()
      const mine = before.then(async () => hand(isPlain ? await journal(stanza) : stanza))
      const settled = mine.catch(() => {})
      turn = settled
      void settled.then(() => {
        if (turn === settled) turn = undefined
      })
    },

    again: queue,

    onDecrypting(stanza) {
      lastDecrypting = stanza
      update()
    },

    onOfflineSent() {
      isOfflineSent = true
      update()
    },
  }
}
