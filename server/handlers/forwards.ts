/** A stored message as the content of a new one. */
import { conflictBecause } from '../model/errors.ts'
import type { Location, Media, MessageContent } from '../model/message.ts'
import type { MessageSource } from '../operation.ts'
import type { NewMessage } from './new-message.ts'

/** @throws GatewayError `conflict` */
export const checkForwardable = (source: MessageSource): void => {
  const reason = obstacleTo(source)
  if (reason === undefined) return
  throw conflictBecause('not_forwardable', `the message cannot be forwarded: ${reason}`)
}

const notContent = ['system', 'unknown']

/** Why a message cannot be forwarded, for people; undefined when it can. */
const obstacleTo = ({ message, hasContent }: MessageSource): string | undefined => {
  const { deleted, status, type, viewOnce, location } = message
  if (deleted) return 'it was deleted'
  if (status === 'failed') return 'it has failed'
  if (status === 'pending') return 'it has not been sent yet'
  if (viewOnce) return 'it may be viewed once only'
  if (location?.live) return 'it shows where its sender is for a while only'
  if (notContent.includes(type)) return 'it has no content that other chats can show'
  return hasContent ? undefined : 'its content is not stored'
}

export const newForward = ({ message, key }: MessageSource): NewMessage => {
  const { type, body } = message
  return {
    draft: { type: 'forward', of: key, kind: type, ...(body !== undefined && { body }) },
    shown: { ...contentOf(message), forwarded: true },
  }
}

/** Without what belongs to its chat: what it answers, whom it mentions, who has voted. */
const contentOf = ({ type, body, media, location, contacts, poll }: MessageSource['message']): MessageContent => ({
  type,
  ...(body !== undefined && { body }),
  ...(media && { media: mediaOf(media) }),
  ...(location && { location: placeOf(location) }),
  ...(contacts && { contacts }),
  ...(poll && { poll: { ...poll, options: poll.options.map(({ name }) => name) } }),
})

const mediaOf = ({ voice, animated, ...media }: NonNullable<MessageSource['message']['media']>): Media => ({
  ...media,
  ...(voice && { voice }),
  ...(animated && { animated }),
})

/** What is live is not forwarded. */
const placeOf = ({ live: _, ...place }: NonNullable<MessageSource['message']['location']>): Location => place
