import { describe } from 'vitest'
import { aliasesBehaviour } from './behaviour/aliases.behaviour.ts'
import { apiKeysBehaviour } from './behaviour/api-keys.behaviour.ts'
import { attachmentsBehaviour } from './behaviour/attachments.behaviour.ts'
import { credentialsBehaviour } from './behaviour/credentials.behaviour.ts'
import { deletionsBehaviour } from './behaviour/deletions.behaviour.ts'
import { eventsBehaviour } from './behaviour/events.behaviour.ts'
import { eventsOfDeletedBehaviour } from './behaviour/events-of-deleted.behaviour.ts'
import type { OpenCopy, OpenStore } from './behaviour/examples.behaviour.ts'
import { idempotencyBehaviour } from './behaviour/idempotency.behaviour.ts'
import { journalBehaviour } from './behaviour/journal.behaviour.ts'
import { lawsBehaviour } from './behaviour/laws.behaviour.ts'
import { messageUpdatesBehaviour } from './behaviour/message-updates.behaviour.ts'
import { messagesBehaviour } from './behaviour/messages.behaviour.ts'
import { outboxBehaviour } from './behaviour/outbox.behaviour.ts'
import { outgoingChangesBehaviour } from './behaviour/outgoing-changes.behaviour.ts'
import { ownersBehaviour } from './behaviour/owners.behaviour.ts'
import { rawBehaviour } from './behaviour/raw.behaviour.ts'
import { sealedBehaviour } from './behaviour/sealed.behaviour.ts'
import { sendPaceBehaviour } from './behaviour/send-pace.behaviour.ts'
import { sessionsBehaviour } from './behaviour/sessions.behaviour.ts'
import { shownBehaviour } from './behaviour/shown.behaviour.ts'
import { uploadsBehaviour } from './behaviour/uploads.behaviour.ts'
import { webhooksBehaviour } from './behaviour/webhooks.behaviour.ts'
import { wholeBehaviour } from './behaviour/whole.behaviour.ts'

/** What facts make of what is stored, and how that is shown: passed by each implementation of the row port. */
export function behaviourOfCopy(name: string, openCopy: OpenCopy): void {
  shortBehaviourOfCopy(name, openCopy)
  describe(`${name} keeps the laws of a stored copy`, () => {
    lawsBehaviour(openCopy)
  })
}

function shortBehaviourOfCopy(name: string, openCopy: OpenCopy): void {
  describe(`${name} behaves as a stored copy`, () => {
    shownBehaviour(openCopy)
    messagesBehaviour(openCopy)
    messageUpdatesBehaviour(openCopy)
    deletionsBehaviour(openCopy)
    aliasesBehaviour(openCopy)
    rawBehaviour(openCopy)
    sealedBehaviour(openCopy)
  })
}

function behaviourOfStore(name: string, openStore: OpenStore): void {
  describe(`${name} behaves as a store`, () => {
    sessionsBehaviour(openStore)
    ownersBehaviour(openStore)
    credentialsBehaviour(openStore)
    journalBehaviour(openStore)
    apiKeysBehaviour(openStore)
    idempotencyBehaviour(openStore)
    eventsBehaviour(openStore)
    eventsOfDeletedBehaviour(openStore)
    outboxBehaviour(openStore)
    sendPaceBehaviour(openStore)
    outgoingChangesBehaviour(openStore)
    uploadsBehaviour(openStore)
    attachmentsBehaviour(openStore)
    webhooksBehaviour(openStore)
    wholeBehaviour(openStore)
  })
}

/**
 * The suite that every adapter of the store passes.
 * @param name of the adapter
 * @param openStore opens an empty store each time
 */
export function behaviour(name: string, openStore: OpenStore): void {
  behaviourOfStore(name, openStore)
  behaviourOfCopy(name, openStore)
}

/** Without the laws, which take longest: for an adapter over the same SQL as another that passes all. */
export function shortBehaviour(name: string, openStore: OpenStore): void {
  behaviourOfStore(name, openStore)
  shortBehaviourOfCopy(name, openStore)
}
