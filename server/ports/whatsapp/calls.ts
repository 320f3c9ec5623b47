import type { enums } from '../../../generated/enums.ts'
import type { Jid } from '../../model/jid.ts'
import type { MessageKey } from '../../model/message.ts'
import type { Made, Sendable } from '../../model/outgoing.ts'
import type { LocatedFile } from '../../model/upload.ts'
import type { FileToPut } from '../outgoing-files.ts'
import type { DownloadLimits } from './media.ts'

/** A presence that the people in a chat see, as the contract names it. */
export type PresenceState = (typeof enums)['ChatPresence.state'][number]

/** Which message a read receipt is for. */
export interface MessageRef {
  /** The chat as WhatsApp addresses it. */
  chat: Jid
  /** WhatsApp's own id of the message. */
  id: string
  /** Who wrote it, in a group; absent in a direct chat. */
  participant?: Jid
}

/** A message to make, or a change of one. */
export interface Composed {
  /** The chat. */
  to: Jid
  /** WhatsApp's id of what is made. */
  id: string
  /** What it is to contain. */
  draft: Sendable
  /** The protobuf of the message that it answers, forwards or changes; absent when there is none, or that one's is not stored. */
  about?: Uint8Array
  /** After how many seconds it disappears; absent when it stays. */
  timer?: number
  /** Its file; absent when it has none. */
  file?: LocatedFile
}

/** A message to write. */
export interface Stanza {
  /** The chat. */
  to: Jid
  /** WhatsApp's id of the message. */
  id: string
  /** Its protobuf. */
  bytes: Uint8Array
}

/** A file to ask for. */
export interface AskedFile {
  /** The message that has it. */
  key: MessageKey
  /** Of the file. */
  mediaKey: Uint8Array
}

/** How long the caller waits, and how it can stop waiting. What has begun at WhatsApp goes on. */
export interface CallLimits {
  /** Milliseconds that the caller waits at most; absent = 15,000, and 40,000 for a pairing code. */
  withinMs?: number
  /** Ends the wait, with its reason; absent = only the timeout or the end of the connection does. */
  signal?: AbortSignal
}

/**
 * Calls to WhatsApp over the session's connection.
 * Each call ends at the latest when the connection closes or is lost, at the timeout, or when its signal is aborted.
 * @throws NotConnected when the client is not open, the socket refuses the stanza, or the connection ends meanwhile
 * @throws NoAnswer at the timeout
 */
export interface WhatsAppCalls {
  /**
   * Broadcasts a presence to a chat. Resolves when the stanza was written to WhatsApp's socket; WhatsApp answers nothing.
   */
  sendChatPresence(jid: Jid, state: PresenceState, limits?: CallLimits): Promise<void>

  /**
   * Makes a message or a change in WhatsApp's form.
   * @throws Refused when WhatsApp would not let the account send it
   */
  composeMessage(message: Composed, limits?: CallLimits): Promise<Made>

  /**
   * Fetches what a message to a chat needs: the members of a group, their devices, keys. Nothing is sent to anybody.
   * @throws Refused when WhatsApp refuses it
   */
  prepareChat(jid: Jid, limits?: CallLimits): Promise<void>

  /**
   * Sends a message. Resolves when it was written to WhatsApp's socket; what WhatsApp answers comes as an `OutcomeFact`. When it
   * rejects, the message may have been written.
   * @throws NotWritten when it certainly was not
   */
  sendMessage(stanza: Stanza, limits?: CallLimits): Promise<void>

  /**
   * Puts an encrypted file on WhatsApp's media host. Nothing is sent to anybody. Absent `withinMs` = two minutes.
   * @returns where it is there
   * @throws Refused when WhatsApp does not take the file
   */
  uploadFile(file: FileToPut, limits?: CallLimits): Promise<{ url: string; directPath: string }>

  /**
   * Asks WhatsApp for the address of a person.
   * @param jid a phone JID or a LID
   * @returns undefined when it is not on WhatsApp
   */
  findPerson(jid: Jid, limits?: CallLimits): Promise<Jid | undefined>

  /**
   * Downloads a file in its encrypted form, in chunks. A file that does not arrive whole throws MediaFailure at its end: what came
   * before must not be used then. Ends with the connection.
   * @param directPath of the message
   * @throws MediaFailure
   */
  openFile(directPath: string, limits: DownloadLimits): Promise<AsyncIterable<Uint8Array>>

  /**
   * Asks the account's phone to upload a file again. Waits for it.
   * @returns where the file is now
   * @throws MediaFailure `gone` when the phone does not have it any more
   */
  askForFile(file: AskedFile, limits?: CallLimits): Promise<string>

  /** Asks WhatsApp whether the account may begin chats. The answer comes as an event of the client, before this resolves. */
  checkRestriction(limits?: CallLimits): Promise<void>

  /** Tells WhatsApp that these messages were read (blue ticks). */
  sendReadReceipts(messages: MessageRef[], limits?: CallLimits): Promise<void>

  /**
   * Asks for a code that the phone's owner types in under "Link with phone number". Waits until pairing is under way.
   * @param phone digits with country code, no plus
   * @returns eight characters, without a dash
   * @throws NotConnected also when pairing did not begin in time, or WhatsApp did not accept the code in time
   */
  requestPairingCode(phone: string, limits?: CallLimits): Promise<string>

  /**
   * Asks WhatsApp for a group's name; undefined when it has none.
   * @throws Error when WhatsApp refuses, for instance because the account is not a member
   */
  groupName(jid: Jid, limits?: CallLimits): Promise<string | undefined>
}

/** A live call failed because the client is not connected. Answered with 501. */
export class NotConnected extends Error {
  override name = 'NotConnected'
}

/** WhatsApp refused what a call needs, and nothing of the call was carried out. */
export class Refused extends Error {
  override name = 'Refused'
  /** WhatsApp's number, such as `403`, or a word of the gateway, such as `not_on_whatsapp`: see `refusalOf`. */
  readonly code: string

  constructor(code: string, options?: ErrorOptions) {
    super(`WhatsApp refused it (${code})`, options)
    this.code = code
  }
}

/** Nothing of a message was written. `cause` says why: Refused, NotConnected, NoAnswer, or an error of the library. */
export class NotWritten extends Error {
  override name = 'NotWritten'
}

/** WhatsApp did not answer a live call in time: it may or may not have carried it out. Answered with 503. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}
