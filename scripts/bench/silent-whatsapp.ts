/** A WhatsApp that is connected at once and accepts everything, so that only the gateway is measured. */
import type { Me } from '../../server/model/account.ts'
import type { Fact } from '../../server/model/facts.ts'
import type { Ingest, WhatsApp } from '../../server/ports/whatsapp/connection.ts'
import { createIngestQueue } from '../../server/whatsapp/ingest-queue.ts'
import { until } from './until.ts'

export interface SilentWhatsApp extends WhatsApp {
  /** Gives a session facts the way the real adapter gives it history, once it connects. Resolves when all are stored. */
  tellHistory(sessionId: string, facts: Iterable<Fact>): Promise<void>
}

const importMs = 600_000

export const createSilentWhatsApp = (me: Me): SilentWhatsApp => {
  const ingests = new Map<string, Ingest>()
  return {
    connect: ({ owned: { sessionId }, onEvent, ingest }) => {
      ingests.set(sessionId, ingest)
      setImmediate(() => onEvent({ type: 'open', me }))
      return {
        sendChatPresence: async () => undefined,
        sendReadReceipts: async () => undefined,
        groupName: async () => undefined,
        composeMessage: async () => ({ bytes: new Uint8Array() }),
        prepareChat: async () => undefined,
        uploadFile: async () => ({ url: 'https://mmg.whatsapp.net/a', directPath: '/a' }),
        sendMessage: async () => undefined,
        checkRestriction: async () => undefined,
        findPerson: async (jid) => jid,
        openFile: async () => (async function* () {})(),
        askForFile: async () => '',
        requestPairingCode: async () => 'ABCD1234',
        logout: async () => undefined,
        close: async () => undefined,
        breakOff: () => {},
      }
    },

    tellHistory: async (sessionId, facts) => {
      const ingest = await until('the session to connect', () => ingests.get(sessionId))
      const failures: string[] = []
      const queue = createIngestQueue({
        ingest,
        onOverflow: (reason) => failures.push(reason),
        onRefused: (fact) => failures.push(`a fact of kind ${fact.kind} was refused`),
        onListenerError: (error) => failures.push(`a listener failed: ${error}`),
      })
      queue.push(facts, { paced: true })
      if (!(await queue.drain(importMs))) failures.push('not all was stored')
      if (failures.length > 0) throw new Error(failures.join('; '))
    },
  }
}
