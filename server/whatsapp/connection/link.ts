/** Creates a socket to WhatsApp with everything that uses it, in one tick, so that no event can be missed. */
import type { MediaFailure } from '../../ports/whatsapp/media.ts'
import { createAddressing, migrationIn } from '../calls/addressing.ts'
import { createDeviceCache } from '../calls/device-cache.ts'
import { createGroupKeys } from '../calls/group-keys.ts'
import { createGroupMembers } from '../calls/group-members.ts'
import { createUploader } from '../calls/uploads.ts'
import { createWrites } from '../calls/writes.ts'
import { createHistoryImports } from '../history/imports.ts'
import { keepTokens } from '../history/tokens.ts'
import { setAside } from '../journal/attempts.ts'
import { redact } from '../library/library-log.ts'
import type { BinaryNode, WASocket } from '../library.ts'
import type { FactEvent } from '../reading/reading.ts'
import { abandon, type Connection, type Link, type Prepared } from './connection.ts'
import { deviceName } from './device-name.ts'
import { createFirstSettings } from './first-settings.ts'
import { followGroups } from './groups.ts'
import { ownMessage } from './own-message.ts'
import { followPresences } from './presences.ts'
import { openSocket } from './socket.ts'
import { takeOver } from './take-over.ts'
import { onConnectionUpdate } from './updates.ts'

/** Starts to connect to WhatsApp. */
export const openLink = (connection: Connection, prepared: Prepared): void => {
  const { shared } = connection
  const downloads = createDownloadCount(connection)
  const groups = {
    members: createGroupMembers((jid) => socket.groupMetadata(jid)),
    keys: createGroupKeys(prepared.auth.state.keys),
  }
  const writes = createWrites()
  const devices = createDeviceCache(() => {
    const { me } = prepared.auth.state.creds
    return [me?.id, me?.lid]
  }, connection.shared.clock)
  const addressing = createAddressing(prepared.auth.state.keys, () => socket)
  const browser: Link['browser'] = [deviceName, 'Chrome', '1.0.0']
  const socket = openSocket(connection, prepared, {
    browser,
    onDownloadFailed: downloads.failed,
    onSyncAction: (action) => take(connection, link, 'sync-action', action),
    onWrite: writes.begin,
    groups,
    devices,
  })
  followGroups(socket, groups, (error) =>
    connection.shared.log.warn({ sessionId: connection.sessionId, err: error }, 'the key of a group was not replaced'),
  )
  followPresences(connection, socket)
  const imports = importsOf(connection, prepared, socket)
  const link: Link = {
    ...prepared,
    socket,
    browser,
    imports,
    groups,
    addressing,
    devices,
    writes,
    uploader: createUploader(socket.query, shared.uploads),
    incoming: prepared.intake.attach(socket, imports),
    settings: settingsOf(connection, prepared, socket, downloads.count),
    closed: Promise.withResolvers(),
    work: [],
  }
  connection.phase = { name: 'connecting', link }
  connection.timers.expectAnswer()
  socket.ws.once('frame', connection.timers.expectStep)
  listen(connection, link)
}

const listen = (connection: Connection, link: Link) => {
  const { shared, sessionId, owner } = connection
  const { auth, baileys, socket } = link
  socket.ws.on('CB:ack,class:message', (stanza: BinaryNode) =>
    link.addressing.answered(stanza, () => take(connection, link, 'ack', stanza)),
  )
  socket.ws.on('frame', (stanza: BinaryNode) => {
    const isMigrated = migrationIn(stanza)
    if (isMigrated !== undefined) link.addressing.learn(isMigrated)
  })
  takeOver(link.socket, {
    onFacts: (event, data) => take(connection, link, event, data),
    onWork: () => shared.onWork?.(sessionId),
    onCreds: ({ myAppStateKeyId }) => {
      auth.saveCreds()
      if (myAppStateKeyId !== undefined) link.settings.begin()
    },
    onConnection: (update) => onConnectionUpdate(connection, link, update),
    ...(owner && { owner }),
    onOtherAccount: () =>
      void connection.end({ reason: 'other_account', detail: 'the code belongs to another account' }),
    guards: {
      clock: shared.clock,
      collections: baileys.ALL_WA_PATCH_NAMES,
      isPaired: auth.isPaired,
      isOurs: async (chat, id) =>
        (await ownMessage(connection, baileys, { remoteJid: chat, id, fromMe: true })) !== undefined,
      onLeftOut: (event, cause) => connection.reports.leftOut('stanza', event, { cause: redact(String(cause)) }),
      onBroken: (detail) => abandon(connection, detail),
    },
    takeStanzas: link.incoming.takeStanzas,
    onUpgradeRefused: (status) =>
      abandon(connection, `WhatsApp answered HTTP ${status} instead of opening a connection`),
  })
}

/** Errors are caught here, so that the library's own work goes on. */
const take = ({ phase, reports }: Connection, { incoming }: Link, event: FactEvent, data: unknown) => {
  if (phase.name === 'closed') return
  try {
    incoming.take(event, data)
  } catch (error) {
    reports.leftOut('event', event, { cause: redact(String(error)) })
  }
}

/** Counts failed downloads, because the library does not report all of them. */
const createDownloadCount = ({ shared, reports, ended, sessionId }: Connection) => {
  const count = { all: 0, final: 0 }
  return {
    count: () => ({ ...count }),
    failed({ kind, message }: MediaFailure) {
      count.all += 1
      if (ended.signal.aborted) return
      if (kind === 'trouble') {
        shared.log.info({ sessionId, cause: message }, 'settings could not be downloaded')
        return
      }
      count.final += 1
      reports.leftOut('settings', 'settings', { cause: message })
    },
  }
}

const settingsOf = (
  connection: Connection,
  { baileys, auth }: Prepared,
  socket: WASocket,
  failures: () => { all: number; final: number },
) => {
  const { creds } = auth.state
  return createFirstSettings({
    names: baileys.ALL_WA_PATCH_NAMES,
    isDue: () => connection.phase.name === 'open' && creds.myAppStateKeyId !== undefined && !creds.accountSyncCounter,
    read: (name) => socket.resyncAppState([name], true),
    failures,
    onDone: () => socket.ev.emit('creds.update', { accountSyncCounter: 1 }),
    onFailed: (error) =>
      connection.shared.log.info(
        { sessionId: connection.sessionId, cause: redact(String(error)) },
        'settings wait for the next connection',
      ),
  })
}

const importsOf = (
  { shared, queue, reports, sessionId }: Connection,
  { auth, intake, reading }: Prepared,
  { signalRepository: { lidMapping }, authState }: WASocket,
) =>
  createHistoryImports({
    media: shared.media,
    workers: shared.histories,
    queue,
    reading,
    kept: intake.historyIn,
    keepMappings: (mappings) => lidMapping.storeLIDPNMappings(mappings),
    keepTokens: (tokens) => keepTokens(tokens, authState.keys),
    flush: auth.flush,
    died: shared.historyDied,
    setAside: (entries) => setAside(auth.journal, entries),
    ...(shared.historyTiming && { timing: shared.historyTiming }),
    ...(shared.maxHistories !== undefined && { maxWaiting: shared.maxHistories }),
    onUnreadable: (cause) => reports.leftOut('history', 'history', { cause }),
    onImported: ({ chats, messages }) =>
      shared.log.info({ sessionId, chats, messages }, 'history from the phone was stored'),
    onLeft: (cause) =>
      shared.log.warn({ sessionId, cause }, 'history from the phone is continued at the next connection'),
  })
