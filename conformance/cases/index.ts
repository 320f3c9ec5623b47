/** Every case of the suite, operation by operation: its own promises, and those that all operations make. */
import type { Base } from '../base.ts'
import type { Case } from '../case.ts'
import { traits } from '../traits.ts'
import * as getChat from './chats/getChat.ts'
import * as listChatMessages from './chats/listChatMessages.ts'
import * as listChats from './chats/listChats.ts'
import * as readChat from './chats/readChat.ts'
import * as setChatPresence from './chats/setChatPresence.ts'
import { gateway } from './gateway.ts'
import * as createSession from './sessions/createSession.ts'
import * as deleteSession from './sessions/deleteSession.ts'
import * as getSession from './sessions/getSession.ts'
import * as listSessions from './sessions/listSessions.ts'
import * as logoutSession from './sessions/logoutSession.ts'
import * as restartSession from './sessions/restartSession.ts'
import * as sessionMe from './sessions/sessionMe.ts'
import * as sessionPairingCode from './sessions/sessionPairingCode.ts'
import * as sessionQR from './sessions/sessionQR.ts'
import * as startSession from './sessions/startSession.ts'
import * as stopSession from './sessions/stopSession.ts'

const operations: readonly { base: Base; own: readonly Case[] }[] = [
  listSessions,
  createSession,
  getSession,
  deleteSession,
  startSession,
  stopSession,
  restartSession,
  logoutSession,
  sessionMe,
  sessionQR,
  sessionPairingCode,
  listChats,
  getChat,
  listChatMessages,
  readChat,
  setChatPresence,
]

export const allCases: readonly Case[] = [
  ...operations.flatMap(({ base, own }) => [...own, ...traits(base)]),
  ...gateway,
]
