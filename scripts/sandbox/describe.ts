/** The sandbox as the suite's target file describes it. */
import { ulid } from 'ulid'
import type { Account } from '../../loopback/index.ts'
import type { Linked } from './link.ts'
import { shownOf } from './people/seed.ts'
import { stranger, twinJid, unpairedPhone } from './people.ts'
import type { SettledWebhook } from './stored.ts'
import type { Target } from './target.ts'
import type { Tokens } from './tokens.ts'

/** What of a running sandbox the target file names. */
export interface Described {
  url: string
  hookUrl: string
  loginKeysUrl: string
  tokens: Tokens
  sessions: Record<'live' | 'offline' | 'foreign' | 'sender', Linked> & { idle: { id: string } }
  /** A contact of the live session who has a LID. */
  aliased: Account
  /** To whom the suite sends. */
  receiver: Account
  picture: Target['fixtures']['mediaMessage']
  messages: Record<'newest' | 'offline' | 'offlinePoll' | 'sending', { id: string }>
  webhooks: Record<'plain' | 'redelivering', SettledWebhook>
}

export const describe = ({ sessions, messages, webhooks, ...parts }: Described): Target => {
  const { live, offline, foreign, idle, sender } = sessions
  const [main, unread, other] = live.seed.chats
  const [offlineChat, otherOrgChat] = [offline.seed.chats[1], foreign.seed.chats[0]]
  if (!main || !unread || !other || !offlineChat || !otherOrgChat) throw new Error('the seed lacks chats')
  return {
    target: { name: 'Parley sandbox', version: '0.1.0', kind: 'server' },
    baseUrl: parts.url,
    contract: { version: '1.0' },
    profile: { presence: true, chatReadMarker: true, storedHistory: true, messages: true },
    choices: { validationStatus: 'auto' },
    tokens: parts.tokens,
    fixtures: {
      liveSession: live.id,
      offlineSession: offline.id,
      otherOrgSession: foreign.id,
      otherOrgOfflineSession: idle.id,
      unknownSession: `sess_${ulid()}`,
      chat: { id: main.jid, messageIds: shownOf(main).map(({ id }) => id), unread: main.unread },
      message: messages.newest,
      mediaMessage: parts.picture,
      unreadChat: { id: unread.jid, unread: unread.unread },
      otherChat: { id: other.jid },
      unknownChat: stranger,
      aliasedChat: { id: other.jid, aliases: [parts.aliased.lid] },
      offlineChat: { id: offlineChat.jid },
      offlineMessage: messages.offline,
      offlinePoll: messages.offlinePoll,
      webhook: webhooks.plain.webhook,
      redeliveringWebhook: webhooks.redelivering.webhook,
      delivery: webhooks.redelivering.delivery,
      unknownWebhook: `wh_${ulid()}`,
      otherOrgChat: { id: otherOrgChat.jid },
      twinChat: { id: twinJid },
      loginKeys: parts.loginKeysUrl,
      pairingPhone: unpairedPhone,
      sendingSession: sender.id,
      sendTo: { id: parts.receiver.pn },
      sendingMessage: messages.sending,
      url: parts.hookUrl,
    },
    limits: {
      timeoutMs: 5_000,
      concurrency: 4,
      effects: ['none', 'presence', 'read-marker', 'sessions', 'webhooks', 'send'],
      receiver: { host: '127.0.0.1', port: 0 },
    },
  }
}
