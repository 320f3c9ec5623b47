/** What the conformance suite needs to know about a server; the suite publishes the schema of it. */
export interface Target {
  target: { name: string; version: string; kind: 'server' | 'mock' }
  /** With the prefix. */
  baseUrl: string
  contract: { version: string }
  profile: Record<string, boolean | null>
  choices: { validationStatus: 'auto' | 400 | 422 }
  tokens: {
    full: string
    readOnly: string
    sendOnly: string
    manageOnly: string
    otherOrg: string
    ownerLogin: string
    memberLogin: string
  }
  fixtures: {
    liveSession: string
    /** Paired, with stored chats, not connected. */
    offlineSession: string
    otherOrgSession: string
    /** Not connected. */
    otherOrgOfflineSession: string
    unknownSession: string
    /** `messageIds` newest first: all that the chat has. */
    chat: { id: string; messageIds: string[]; unread: number }
    /** The newest of `chat`. */
    message: { id: string }
    /** Its picture can be downloaded; `sha256` in hexadecimal, `size` in bytes. */
    mediaMessage: { id: string; sha256: string; size: number }
    unreadChat: { id: string; unread: number }
    otherChat: { id: string }
    unknownChat: string
    aliasedChat: { id: string; aliases: string[] }
    offlineChat: { id: string }
    /** The newest own one of `offlineSession`. */
    offlineMessage: { id: string }
    offlinePoll: { id: string }
    /** Its receiver is the sandbox's own. */
    webhook: { id: string }
    unknownWebhook: string
    redeliveringWebhook: { id: string }
    delivery: { id: string }
    otherOrgChat: { id: string }
    /** The same JID in all three sessions. */
    twinChat: { id: string }
    /** URL of the JWKS. */
    loginKeys: string
    /** Digits; a pairing code may be asked for it. */
    pairingPhone: string
    /** Connected. */
    sendingSession: string
    /** Nobody else writes to it. */
    sendTo: { id: string }
    /** What the account told `sendTo` before. */
    sendingMessage: { id: string }
    /** Of the hook, which makes what the API can't. */
    url: string
  }
  limits: {
    timeoutMs: number
    concurrency: number
    effects: string[]
    /** Where the suite listens for webhooks. */
    receiver: { host: string; port: number }
  }
}
