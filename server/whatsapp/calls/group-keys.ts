/**
 * Which devices have our key of a group. The library notes it when it has written a message that brings the key; WhatsApp may refuse that
 * message, or never get it, and the next one would be unreadable. So it is stored when WhatsApp has acknowledged the message.
 */
import type { Jid } from '../../model/jid.ts'
import type { SignalDataSet, SignalKeyStore } from '../library.ts'

export interface GroupKeys {
  /** The keys for the library, in place of those that were given. */
  keys: SignalKeyStore
  /** Gives a message to the library; one at a time for each group. @returns what the work returns */
  during<T>(group: Jid, id: string, work: () => Promise<T>): Promise<T>
  /** Call with each acknowledgement and refusal of a message. */
  answered(id: string, isRefused: boolean): void
  /** Call when the group has another key now: what was not acknowledged yet brings the former one. */
  forget(group: Jid): void
}

type Memory = SignalDataSet['sender-key-memory']

interface Sent {
  group: Jid
  isAcknowledged: boolean
  /** The devices that have the key if WhatsApp has the message; absent until the library says so. */
  devices?: NonNullable<Memory>[string]
}

/** The most messages without an answer; those that are dropped bring the key once more. */
const maxSent = 1_000

export const createGroupKeys = (base: SignalKeyStore): GroupKeys => {
  /** By id. */
  const sent = new Map<string, Sent>()
  /** The message of each group that the library has in hand, by group. */
  const current = new Map<Jid, string>()

  const storeWhenDue = async (id: string, { group, devices, isAcknowledged }: Sent) => {
    if (devices === undefined || !isAcknowledged) return
    sent.delete(id)
    const { [group]: before = {} } = await base.get('sender-key-memory', [group])
    if (Object.keys(devices ?? {}).some((device) => !(device in before)))
      await base.set({ 'sender-key-memory': { [group]: devices } })
  }

  const note = async (memory: NonNullable<Memory>) => {
    for (const [group, devices] of Object.entries(memory)) {
      const id = current.get(group)
      const message = id === undefined ? undefined : sent.get(id)
      if (id === undefined || message === undefined || devices === null) continue
      message.devices = devices
      await storeWhenDue(id, message)
    }
  }

  /** That a group's devices are unknown is stored at once. */
  const unknownIn = (memory: NonNullable<Memory>) =>
    Object.fromEntries(Object.entries(memory).filter(([, devices]) => devices === null))

  return {
    keys: {
      get: (type, ids) => base.get(type, ids),
      async set({ 'sender-key-memory': memory, ...others }) {
        const unknown = memory && unknownIn(memory)
        const isUnknown = unknown !== undefined && Object.keys(unknown).length > 0
        await base.set({ ...others, ...(isUnknown && { 'sender-key-memory': unknown }) })
        if (memory) await note(memory)
      },
    },

    async during(group, id, work) {
      const [oldest] = sent.keys()
      if (oldest !== undefined && sent.size >= maxSent) sent.delete(oldest)
      sent.set(id, { group, isAcknowledged: false })
      current.set(group, id)
      try {
        return await work()
      } finally {
        current.delete(group)
      }
    },

    answered(id, isRefused) {
      const message = sent.get(id)
      if (message === undefined) return
      if (isRefused) sent.delete(id)
      message.isAcknowledged = !isRefused
      // A store that fails ends the connection by itself.
      storeWhenDue(id, message).catch(() => {})
    },

    forget(group) {
      for (const [id, message] of sent) if (message.group === group) sent.delete(id)
    },
  }
}
