/** A stored message as the content of a new one. */
import { conflictBecause } from '../model/errors.ts'
import type { Location, Media, MessageContent } from '../model/message.ts'
import type { ForwardSource, TargetMessage } from '../operation.ts'
import type { MessageStore } from '../ports/store/messages.ts'
import type { NewMessage } from './new-message.ts'

/** What is to be forwarded, and whether its content is stored. */
export const forwardSource = async (
  store: Pick<MessageStore, 'findRaw'>,
  sessionId: string,
  target: TargetMessage,
): Promise<ForwardSource> => ({ ...target, hasContent: (await store.findRaw(sessionId, target.key)) !== undefined })

/** @throws GatewayError `conflict` */
export const checkForwardable = (source: ForwardSource): void => {
  const reason = obstacleTo(source)
  if (reason === undefined) return
  throw conflictBecause('not_forwardable', `the message cannot be forwarded: ${reason}`)
}

const notContent = ['system', 'unknown']

/** Why a message cannot be forwarded, for people; undefined when it can. */
const obstacleTo = ({ message, hasContent }: ForwardSource): string | undefined => {
  const { deleted, status, type, viewOnce, location } = message
  if (deleted) return 'it was deleted'
  if (status === 'failed') return 'it has failed'
  if (status === 'pending') return 'it has not been sent yet'
  if (viewOnce) return 'it may be viewed once only'
  if (location?.live) return 'it shows where its sender is for a while only'
  if (notContent.includes(type)) return 'it has no content that other chats can show'
  return hasContent ? undefined : 'its content is not stored'
}

export const newForward = ({ message, key }: ForwardSource): NewMessage => {
  const { type, body } = message
  return {
    draft: { type: 'forward', of: key, kind: type, ...(body !== undefined && { body }) },
    shown: { ...contentOf(message), forwarded: true },
  }
}

/** Without what belongs to its chat: what it answers, whom it mentions, who has voted. */
const contentOf = ({ type, body, media, location, contacts, poll }: ForwardSource['message']): MessageContent => ({
  type,
  ...(body !== undefined && { body }),
  ...(media && { media: mediaOf(media) }),
  ...(location && { location: placeOf(location) }),
  ...(contacts && { contacts }),
  ...(poll && { poll: { ...poll, options: poll.options.map(({ name }) => name) } }),
})

const mediaOf = ({ voice, animated, ...media }: NonNullable<ForwardSource['message']['media']>): Media => ({
  ...media,
  ...(voice && { voice }),
  ...(animated && { animated }),
})

/** What is live is not forwarded. */
const placeOf = ({ live: _, ...place }: NonNullable<ForwardSource['message']['location']>): Location => place
