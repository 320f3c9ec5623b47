/** What a target is: where it listens, who may call it, which sessions and chats it has, what it claims to do. */

import type { ReceiverAddress } from './addresses.ts'
import type { Profile } from './profile.ts'

export const effects = ['none', 'presence', 'read-marker', 'sessions', 'webhooks', 'send'] as const
/** What a request changes on the target. */
export type Effect = (typeof effects)[number]

export const tokenNames = [
  'full',
  'readOnly',
  'sendOnly',
  'manageOnly',
  'otherOrg',
  'ownerLogin',
  'memberLogin',
] as const
export type TokenName = (typeof tokenNames)[number]

export interface Fixtures {
  liveSession: string
  offlineSession: string
  otherOrgSession: string
  otherOrgOfflineSession: string
  unknownSession: string
  /** `messageIds`: all stored messages of the chat, newest first; `id` or `waMessageId`. */
  chat: { id: string; messageIds: string[]; unread?: number }
  /** Of `chat`, by the gateway's own `id`. */
  message: { id: string }
  /** Of the live session, with an attachment that can be downloaded; `sha256` in hexadecimal, `size` in bytes. */
  mediaMessage: { id: string; sha256: string; size: number }
  unknownMessage: string
  unreadChat: { id: string; unread: number }
  otherChat: { id: string }
  unknownChat: string
  pairingPhone: string
  /** A connected session, from which the suite sends messages. */
  sendingSession: string
  /** Who gets them. */
  sendTo: { id: string }
  /** A text of the sending session that was sent or received: it is forwarded, and stays as it is. */
  sendingMessage: { id: string }
  /** Only a hook can let messages come into it. */
  busyChat: { id: string }
  /** Of the live session. `aliases`: its other JIDs. */
  aliasedChat: { id: string; aliases: string[] }
  offlineChat: { id: string }
  /** An own text of the offline session. */
  offlineMessage: { id: string }
  /** A poll of the offline session. */
  offlinePoll: { id: string }
  /** Its receiver answers 2xx, and is sent tests. */
  webhook: { id: string }
  unknownWebhook: string
  redeliveringWebhook: { id: string }
  /** One of `redeliveringWebhook`. */
  delivery: { id: string }
  /** One that the live session does not have. */
  otherOrgChat: { id: string }
  /** One JID that the live, the offline and the other organization's session have a chat with. */
  twinChat: { id: string }
  /** URL of the JWKS that login JWTs are verified with. */
  loginKeys: string
}

/** How to ask for states that the target file does not give: a URL, or a program with its arguments. */
export interface HookAddress {
  url?: string
  command?: readonly string[]
}

export interface Target {
  target: { name: string; version: string; kind: 'server' | 'mock' }
  /** With the prefix of every path, without a slash at the end. */
  baseUrl: string
  contract: { version: string }
  profile?: Profile
  choices?: { validationStatus?: 'auto' | 400 | 422 }
  tokens: Partial<Record<TokenName, string>>
  fixtures: Partial<Fixtures> & HookAddress
  limits?: { timeoutMs?: number; concurrency?: number; effects?: string[]; receiver?: ReceiverAddress }
  /** File of known failures, relative to the target file. */
  baseline?: string
}

/** Everything that a case may ask of a target, under the key that it has in the target file. */
export type Facts = { [K in TokenName as `tokens.${K}`]: string } & {
  [K in keyof Fixtures as `fixtures.${K}`]: Fixtures[K]
}
export type Need = keyof Facts

/** What a target file may leave out. */
export const defaults = {
  timeoutMs: 5_000,
  concurrency: 4,
  effects: ['none', 'presence', 'read-marker', 'sessions', 'webhooks'] as readonly string[],
}

/** @returns undefined when the target does not say */
export const factOf = <K extends Need>(target: Target, key: K): Facts[K] | undefined => {
  const [part, name = ''] = key.split('.')
  const source: object = part === 'tokens' ? target.tokens : target.fixtures
  return (source as Record<string, unknown>)[name] as Facts[K] | undefined
}

/** A case that is known to fail, and why that is accepted for now. */
export interface BaselineEntry {
  /** Of one case; with `*` in place of the operation, of that case of any operation. */
  id: string
  reason: string
  link?: string
}

/** Is the case one that the entry accepts? */
export const accepts = (entry: Pick<BaselineEntry, 'id'>, id: string): boolean =>
  entry.id === id || (isForAny(entry) && entry.id.slice(1) === id.slice(id.indexOf('/')))

/** An entry of any operation: it may pass with some of them. */
export const isForAny = ({ id }: Pick<BaselineEntry, 'id'>): boolean => id.startsWith('*/')
