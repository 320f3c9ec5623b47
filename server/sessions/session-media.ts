/** The attachments of one session: fetched when they are requested, or when their message arrives, and deleted with the session. */
import type { Fact } from '../model/facts.ts'
import { type Attachments, type AttachmentsParts, createAttachments, type SharedMedia } from './attachments.ts'
import { createEagerAttachments, type EagerParts } from './eager-attachments.ts'

export interface SessionMedia extends Attachments {
  /** Call after each commit. Returns at once. */
  heard(facts: readonly Fact[]): void
  /** Call when the session was deleted. Never rejects: a regular sweep deletes what cannot be deleted now. */
  deleteAll(): Promise<void>
}

type Parts = Omit<AttachmentsParts, keyof SharedMedia> & { store: EagerParts['store'] }

/** @param shared undefined = no attachments are fetched */
export const createSessionMedia = (shared: SharedMedia | undefined, parts: Parts): SessionMedia | undefined => {
  if (shared === undefined) return undefined
  const { owned, store, client, log } = parts
  const { sessionId } = owned
  const attachments = createAttachments({ ...shared, ...parts })
  const isConnected = () => client() !== undefined
  const eager = createEagerAttachments({ ...shared, sessionId, attachments, store, isConnected, log })
  return {
    ...attachments,
    ...eager,
    deleteAll: () =>
      shared.media
        .deleteSession(sessionId)
        .catch((error: unknown) => log.debug({ sessionId, err: error }, 'attachments could not be deleted yet')),
  }
}
