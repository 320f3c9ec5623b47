/** What a target claims to do: parts of the contract by name, or operation by operation. */
import type { OperationId } from './contract.ts'

export const features = [
  'presence',
  'chatReadMarker',
  'storedHistory',
  'chats',
  'sessions',
  'pairing',
  'apiKeys',
  'loginTokens',
  'rateLimits',
] as const
/** A part of the contract that a target may leave unclaimed. */
export type Feature = (typeof features)[number]

/** True: it must work. False or null: unclaimed. Absent: claimed, or as the feature of the operation is. */
export type Profile = Readonly<Record<string, boolean | null>>

/** Which feature an operation belongs to. */
export const featureOf: Readonly<Record<OperationId, Feature>> = {
  listSessions: 'sessions',
  createSession: 'sessions',
  getSession: 'sessions',
  deleteSession: 'sessions',
  startSession: 'sessions',
  stopSession: 'sessions',
  restartSession: 'sessions',
  logoutSession: 'sessions',
  sessionMe: 'sessions',
  sessionQR: 'pairing',
  sessionPairingCode: 'pairing',
  listChats: 'chats',
  getChat: 'chats',
  listChatMessages: 'storedHistory',
  readChat: 'chatReadMarker',
  setChatPresence: 'presence',
}

const isOperation = (name: string): name is OperationId => Object.hasOwn(featureOf, name)

/** Does the target claim this? What is said of an operation counts more than what is said of its feature. */
export const claims = ({ profile }: { profile?: Profile }, what: Feature | OperationId): boolean =>
  whoDenies({ profile: profile ?? {} }, what) === undefined

/** @returns the key of the profile that leaves it unclaimed; undefined when it is claimed */
export const whoDenies = ({ profile = {} }: { profile?: Profile }, what: Feature | OperationId): string | undefined => {
  const key = isOperation(what) && profile[what] === undefined ? featureOf[what] : what
  return profile[key] === undefined || profile[key] === true ? undefined : `profile.${key}`
}
