import type { Handlers } from '../operation.ts'
import { type ChatParts, chats } from './chats.ts'
import { type EventParts, events } from './events.ts'
import { type MessageChangeParts, messageChanges } from './message-changes.ts'
import { type MessageParts, messages } from './messages.ts'
import { type SessionParts, sessions } from './sessions.ts'
import { type WebhookParts, webhooks } from './webhooks.ts'

/** Every operation of the contract; a missing one does not compile. */
export const createHandlers = (
  parts: ChatParts & EventParts & MessageParts & MessageChangeParts & SessionParts & WebhookParts,
): Handlers => ({
  ...sessions(parts),
  ...chats(parts),
  ...messages(parts),
  ...messageChanges(parts),
  ...events(parts),
  ...webhooks(parts),
})
