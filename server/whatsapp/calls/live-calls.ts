/** The calls of one connection. Each ends at its timeout, at its caller's signal, or with the connection. */
import type { Me } from '../../model/account.ts'
import { isGroup, type Jid } from '../../model/jid.ts'
import { isChange } from '../../model/outgoing.ts'
import {
  type CallLimits,
  NoAnswer,
  NotConnected,
  NotWritten,
  Refused,
  type WhatsAppCalls,
} from '../../ports/whatsapp/calls.ts'
import { accountOf } from '../connection/account-of.ts'
import { isGone, refusalNumber } from '../connection/close-reason.ts'
import type { Connection, Link } from '../connection/connection.ts'
import { composeChange } from './changes.ts'
import { fetchChatKeys } from './chat-keys.ts'
import { groupName } from './groups.ts'
import { limited } from './limited.ts'
import { askForFile } from './media.ts'
import { composeMessage, findPerson, sendMessage } from './messages.ts'
import { pairingCode } from './pairing.ts'
import { sendChatPresence } from './presence.ts'
import { sendReadReceipts } from './receipts.ts'

/** How long a file of 100 MiB may take, at 1 MB a second. */
const uploadMs = 120_000

export type CallsOf = Pick<Connection, 'ended' | 'pairingBegun' | 'phase'> & {
  shared: {
    timeouts: Pick<Connection['shared']['timeouts'], 'callMs' | 'pairingMs'>
    media: Pick<Connection['shared']['media'], 'open'>
  }
}

export const createLiveCalls = (connection: CallsOf): WhatsAppCalls => {
  const { callMs, pairingMs } = connection.shared.timeouts

  /** Also ends the wait with the connection. */
  const withEnd = <T>(work: () => Promise<T>, { withinMs, signal }: CallLimits, defaultMs: number, late: () => Error) =>
    limited(work, {
      signals: [connection.ended.signal, ...(signal ? [signal] : [])],
      withinMs: withinMs ?? defaultMs,
      late,
    })

  const untilEnd = (signal: AbortSignal | undefined) =>
    signal === undefined ? connection.ended.signal : AbortSignal.any([connection.ended.signal, signal])

  /** On the open connection. */
  const call = <T>(limits: CallLimits, work: (link: Link) => Promise<T>): Promise<T> =>
    withEnd(() => translated(work(linkIn(connection, 'open'))), limits, callMs, noAnswer)

  const askForCode = async (phone: string) => {
    await withEnd(() => connection.pairingBegun.promise, {}, pairingMs, notBegun)
    const link = linkIn(connection, 'pairing')
    return withEnd(() => translated(pairingCode(link, phone)), {}, pairingMs, notAccepted)
  }

  return {
    sendChatPresence: (jid, state, limits = {}) =>
      call(limits, async ({ socket, addressing }) => sendChatPresence(socket, await addressing.of(jid), state)),

    sendReadReceipts: (messages, limits = {}) => call(limits, ({ socket }) => sendReadReceipts(socket, messages)),

    composeMessage: (message, limits = {}) =>
      call(limits, ({ socket, baileys, auth, addressing, groups }) => {
        const { draft, about } = message
        const me = mustBeKnown(accountOf(auth))
        return isChange(draft)
          ? composeChange({ socket, baileys, me, addressing }, draft, about)
          : composeMessage(baileys, me, { ...message, draft }, groups.members)
      }),

    prepareChat: (jid, limits = {}) =>
      call(limits, async ({ socket, groups, devices, addressing }) =>
        fetchChatKeys(socket, { members: groups.members, devices }, await addressing.of(jid)),
      ),

    uploadFile: (file, { withinMs = uploadMs, ...limits } = {}) =>
      call({ ...limits, withinMs }, ({ uploader }) =>
        uploader.put(file, AbortSignal.any([connection.ended.signal, AbortSignal.timeout(withinMs)])),
      ),

    sendMessage: (stanza, limits = {}) =>
      call(limits, ({ socket, baileys, writes, groups, addressing }) => {
        const write = (to: Jid) => writes.watch(stanza.id, () => sendMessage(socket, baileys, { ...stanza, to }))
        return isGroup(stanza.to)
          ? groups.keys.during(stanza.to, stanza.id, () => write(stanza.to))
          : addressing.write(stanza, write)
      }),

    checkRestriction: (limits = {}) =>
      call(limits, async ({ socket }) => void (await socket.fetchAccountReachoutTimelock())),

    findPerson: (jid, limits = {}) => call(limits, ({ socket }) => findPerson(socket, jid)),

    groupName: (jid, limits = {}) => call(limits, ({ groups }) => groupName(groups.members, jid)),

    openFile: async (directPath, limits) => {
      linkIn(connection, 'open')
      return connection.shared.media.open(directPath, { ...limits, signal: untilEnd(limits.signal) })
    },

    askForFile: (file, limits = {}) => {
      const over = new AbortController()
      return call({ withinMs: askMs, ...limits }, ({ socket, baileys }) =>
        askForFile(socket, baileys, file, untilEnd(over.signal)),
      ).finally(() => over.abort(noAnswer()))
    },

    requestPairingCode: (phone, limits = {}) => withEnd(() => askForCode(phone), limits, 2 * pairingMs, noAnswer),
  }
}

/** A phone has to read the file and upload it. */
const askMs = 30_000

const mustBeKnown = (me: Me | undefined): Me => {
  if (me === undefined) throw new NotConnected('the client has no account')
  return me
}

const noAnswer = () => new NoAnswer('WhatsApp did not answer in time')

const notBegun = () => new NotConnected('pairing did not begin in time')

const notAccepted = () => new NotConnected('WhatsApp did not accept the pairing code in time')

const linkIn = ({ phase }: CallsOf, name: 'open' | 'pairing'): Link => {
  if ('link' in phase && phase.name === name) return phase.link
  throw new NotConnected(name === 'open' ? 'the client is not connected' : 'the client is not pairing')
}

/** Turns the library's errors into those of the port. */
const translated = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw portErrorOf(error)
  }
}

const portErrorOf = (error: unknown): unknown => {
  if (error instanceof NotWritten) return new NotWritten(error.message, { cause: portErrorOf(error.cause) })
  if (error instanceof NotConnected || error instanceof Refused) return error
  if (isGone(error)) return new NotConnected('the connection to WhatsApp is gone', { cause: error })
  const number = refusalNumber(error)
  return number === undefined ? error : new Refused(String(number), { cause: error })
}
