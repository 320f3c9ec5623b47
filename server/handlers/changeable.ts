/** Which messages can be changed, as far as the stored copy knows. What WhatsApp's apps allow was not tried on the real WhatsApp. */
import { conflictBecause } from '../model/errors.ts'
import { isGroup, isPerson } from '../model/jid.ts'
import type { MessageSource, Schemas } from '../operation.ts'

type Message = Schemas['Message']

/** WhatsApp acknowledges later changes too, and the apps of receivers ignore them. */
const editMs = 15 * 60_000
const revokeMs = 60 * 3_600_000

const editable = ['text', 'image', 'video', 'document'] as const

/** Whether messages of this kind have a text or a caption that can be edited. */
export const isEditable = (type: string): type is (typeof editable)[number] =>
  (editable as readonly string[]).includes(type)

/** @throws GatewayError `conflict` */
export const mustBeEditable = (message: Message, now: number): void => {
  if (!message.fromMe) throw notOwn()
  if (!isEditable(message.type) || !isChangeable(message)) throw wrongKind('edited')
  mustBeThere(message)
  if (message.deleted) throw deleted()
  if (message.timestamp + editMs <= now) throw tooLate('edited')
}

/** One that is deleted already can be deleted again; one that waits can be cancelled. @throws GatewayError `conflict` */
export const mustBeRevocable = (message: Message, now: number): void => {
  if (!message.fromMe && !isGroup(message.chatJid)) throw notOwn()
  if (message.type === 'system' || !isChangeable(message)) throw wrongKind('deleted for everyone')
  if (message.status === 'failed') throw failed()
  if (!message.deleted && message.status !== 'pending' && message.timestamp + revokeMs <= now)
    throw tooLate('deleted for everyone')
}

/** At any age: the apps of people show reactions to old messages. @throws GatewayError `conflict` */
export const mustBeReactable = (message: Message): void => {
  if (message.type === 'system' || !isChangeable(message)) throw wrongKind('reacted to')
  mustBeThere(message)
  if (message.deleted) throw deleted()
}

/** @throws GatewayError `conflict` */
export const mustBeVotable = ({ message, hasContent }: MessageSource): void => {
  if (message.type !== 'poll' || !isChangeable(message)) throw wrongKind('voted in')
  mustBeThere(message)
  if (message.deleted) throw deleted()
  if (!hasContent || message.poll === undefined) throw noSecret()
}

/** Whether its chat is one where messages can be changed. */
const isChangeable = ({ chatJid }: Message) => isPerson(chatJid) || isGroup(chatJid)

/** @throws GatewayError `conflict` when WhatsApp does not have the message */
const mustBeThere = ({ status }: Message) => {
  if (status === 'pending') throw conflictBecause('pending', 'WhatsApp does not have the message yet')
  if (status === 'failed') throw failed()
}

const notOwn = () => conflictBecause('not_own', 'only its author can change this message')
const wrongKind = (verb: string) => conflictBecause('kind', `a message of this kind cannot be ${verb}`)
const failed = () => conflictBecause('failed', 'the message failed: WhatsApp never had it')
const deleted = () => conflictBecause('deleted', 'the message was deleted')
const noSecret = () => conflictBecause('no_secret', 'the secret that encrypts the votes of this poll is not stored')
const tooLate = (verb: string) => conflictBecause('too_late', `the message is too old to be ${verb}`)
