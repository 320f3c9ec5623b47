import type { Core } from '../core.ts'

/** Here: in the thread of the caller, which it blocks. There: in the thread of the writer. */
export type Place = 'here' | 'read there' | 'write there'

/** Where each method of the store runs. */
export const places = {
  // One row, or a page of bounded length: microseconds, which is less than it costs to ask a thread.
  findApiKey: 'here',
  findSession: 'here',
  findTooSoon: 'here',
  findKeptAnswer: 'here',
  findJournaled: 'here',
  findRaw: 'here',
  findMessageId: 'here',
  readCreds: 'here',
  readKeys: 'here',
  restoredAt: 'here',
  eventHead: 'here',
  getChat: 'here',
  listChats: 'here',
  listMessages: 'here',
  getMessage: 'here',
  findMessageKey: 'here',
  isSameChat: 'here',
  // Reads of any number of rows, or of megabytes.
  listApiKeys: 'read there',
  listSessions: 'read there',
  sessionsAtWork: 'read there',
  countSessions: 'read there',
  countSessionsOf: 'read there',
  listJournal: 'read there',
  recentJournal: 'read there',
  readEvents: 'read there',
  namelessGroups: 'read there',
  nextWaiting: 'read there',
  findOutgoing: 'read there',
  listOutgoing: 'read there',
  failureOf: 'read there',
  changeState: 'read there',
  findUpload: 'read there',
  listExpiredUploads: 'read there',
  listUploads: 'read there',
  withAttachment: 'read there',
  secret: 'read there',
  // Everything that writes.
  acquire: 'write there',
  ingest: 'write there',
  acceptMessage: 'write there',
  acceptChange: 'write there',
  cancelOutgoing: 'write there',
  releaseOutgoing: 'write there',
  claimOutgoing: 'write there',
  failOverdue: 'write there',
  purgeOutgoing: 'write there',
  insertUpload: 'write there',
  useUpload: 'write there',
  locateUpload: 'write there',
  expireUpload: 'write there',
  deleteUpload: 'write there',
  insertApiKey: 'write there',
  revokeApiKey: 'write there',
  touchApiKey: 'write there',
  insertSession: 'write there',
  updateSession: 'write there',
  updateOwned: 'write there',
  deleteSession: 'write there',
  writeCreds: 'write there',
  writeKeys: 'write there',
  clearCredentials: 'write there',
  acceptRestored: 'write there',
  setJournalAttempts: 'write there',
  markChatRead: 'write there',
  noteGroupAsked: 'write there',
  purgeEvents: 'write there',
  purgeKeptAnswers: 'write there',
  purgeJournal: 'write there',
} as const satisfies Record<Exclude<keyof Core, 'check' | 'close' | 'writesWaiting'>, Place>

type Places = typeof places
type At<Place> = { [Name in keyof Places]: Places[Name] extends Place ? Name : never }[keyof Places]

/** Methods that run in the thread of the caller, which they block. */
export type Here = At<'here'>
/** Methods that run in the thread of the writer. */
export type There = At<'read there' | 'write there'>
