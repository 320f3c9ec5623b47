/**
 * One connection of one session, from connecting to `closed`.
 *
 * The library's events are taken where it emits them, ahead of its event buffer. The buffer holds messages for up to 30 seconds
 * after a login and drops what it holds when the socket ends, merges edits into the originals, and adds "read elsewhere" to
 * the unread count of messages that came before; facts are stored in the order in which WhatsApp told them.
 */
import type { Me } from '../../model/account.ts'
import { deadline, settledWithin } from '../../model/deadline.ts'
import { bareJid } from '../../model/jid.ts'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import { NotConnected } from '../../ports/whatsapp/calls.ts'
import type { ClientEvent, ConnectOptions, WhatsAppClient } from '../../ports/whatsapp/connection.ts'
import { pairingAnswer } from '../calls/pairing-answer.ts'
import type { CredentialStore, Sealer } from '../credential-store.ts'
import { type AuthState, openAuthState, type Retry } from '../credentials/auth-state.ts'
import { CredentialsUnreadable } from '../credentials/stored-creds.ts'
import { installGuards } from '../guards/guards.ts'
import { guardPairing } from '../guards/pairing-guard.ts'
import { makeSound } from '../guards/sound-actions.ts'
import { createHistoryImports, type HistoryImports, type Timing } from '../history/imports.ts'
import { keepTokens } from '../history/tokens.ts'
import type { HistoryWorkers } from '../history/workers.ts'
import { createIngestQueue } from '../intake/ingest-queue.ts'
import { type MessageKeeper, openMessageKeeper } from '../intake/message-keeper.ts'
import { setAside as leaveAside } from '../journal/attempts.ts'
import { type Log, libraryLog, redact } from '../library/library-log.ts'
import type { Baileys, ConnectionState, proto, WAMessageKey, WASocket } from '../library.ts'
import { libraryDownloads } from '../media/library-downloads.ts'
import type { MediaFailure, MediaHost } from '../media/media-host.ts'
import { type FactEvent, factEvents, type Reading } from '../reading/from-baileys.ts'
import { encodeWith } from '../reading/message-raw.ts'
import { labelOf } from '../reading/plain.ts'
import { signal } from '../waiting.ts'
import { type Ending, endingOf, isGone } from './close-reason.ts'
import { createFirstSettings, type FirstSettings } from './first-settings.ts'

export interface Timeouts {
  /** WebSocket upgrade, and the write of one stanza. */
  connectMs: number
  /** The answer to one query. */
  queryMs: number
  /** Between two pings. */
  keepAliveMs: number
  /** From connecting to a code or an open connection, and from a scan to the new connection that WhatsApp asks for. */
  watchdogMs: number
  /** Without a word from WhatsApp, on an open connection, until a new one is made; 0 = never. */
  silentMs: number
  /** Until a pairing code can be asked for, and until WhatsApp has accepted it. */
  pairingMs: number
  /** For storing what has arrived, when a connection ends. */
  closeMs: number
}

/** `message`: its content; `history`, `settings`: what the phone has sent; `stanza`: anything else; `event`: what the library made of it; `fact`: what the store does not take; `key`: stored. */
export type UnreadableKind = 'message' | 'history' | 'settings' | 'stanza' | 'event' | 'fact' | 'key'

/** What all connections of the process share. */
export interface Shared {
  store: CredentialStore
  sealer: Sealer
  /** Epoch ms. */
  clock: () => number
  log: Log
  /** Client version told to WhatsApp; absent = the one that the library ships. */
  version?: [number, number, number]
  /** A WhatsApp on a loopback address instead of the real one, for tests. */
  url?: string
  timeouts: Timeouts
  /** How often, and how far apart, a failing read or write of credentials and keys is tried. */
  retry?: Retry
  /** Told of each message of somebody else that pretended to be the account's own phone, for metrics. It was left out. */
  onSpoofed?: () => void
  /** Told of each thing that could not be taken as WhatsApp sent it, by kind, for metrics. It was left out. */
  onUnreadable?: (kind: UnreadableKind) => void
  /** Told, of each session, whenever something from WhatsApp is about to be worked on. */
  onWork?: (sessionId: string) => void
  media: MediaHost
  histories: HistoryWorkers
  /** A thread has died of the history with these entries. @returns whether that is enough */
  historyDied: (entries: Buffer[]) => boolean
  historyTiming?: Partial<Timing>
  /** Entries of histories that wait on a connection. */
  maxHistories?: number
  load: () => Promise<Baileys>
}

/** How long WhatsApp shows the first code, and each one after it. */
const qrMs = { first: 60_000, later: 20_000 }

/**
 * Of a file of settings. The library decodes it in one go on the main thread: ten thousand entries, which is two megabytes, take
 * it a second and a half. And it holds up the account's own writes until it has it.
 */
const settingsLimits = { maxBytes: 2 * 1024 * 1024, totalMs: 20_000, idleMs: 10_000 }

/** For the other side to answer the end of a connection; the socket is abandoned after it. */
const goodbyeMs = 1_000

export const connectClient = (
  shared: Shared,
  { sessionId, account: owner, onEvent, ingest }: ConnectOptions,
): WhatsAppClient => {
  const { log, clock, timeouts } = shared
  let phase: 'connecting' | 'pairing' | 'open' | 'closing' | 'closed' = 'connecting'
  let baileys: Baileys | undefined
  let auth: AuthState | undefined
  let keeper: MessageKeeper | undefined
  let socket: WASocket | undefined
  let pairedStored: Promise<void> = Promise.resolve()
  let ending: Promise<void> | undefined
  let watchdog: NodeJS.Timeout | undefined
  let silence: NodeJS.Timeout | undefined
  let isStoreFailing = false
  let settings: FirstSettings | undefined
  let imports: HistoryImports | undefined
  /** Downloads of the library. */
  const failures = { all: 0, final: 0 }
  const ended = new AbortController()
  /** Entries of the journal that nobody comes back from. */
  let setAside = 0
  let givingBack: Promise<void> | undefined
  const pairingBegun = signal()
  const socketClosed = signal()
  /** Rejected when the connection begins to end. */
  const gone = signal()
  /** What phones show as the name of the linked device, beside the browser's picture. */
  const browser: [string, string, string] = ['Parley', 'Chrome', '1.0.0']

  const emit = (event: ClientEvent) => {
    if (phase === 'closed') return
    try {
      onEvent(event)
    } catch (error) {
      log.error({ sessionId, err: error }, 'a listener of the connection failed')
    }
  }

  const watch = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => abandon('no answer from WhatsApp in time'), timeouts.watchdogMs)
  }

  /**
   * WhatsApp may answer pings on a connection on which it delivers nothing any more. Only what it says of its own accord shows
   * that it does; accounts to which nobody writes connect anew in vain, which costs little. Not all in the same minute.
   */
  const listenForSilence = (socket: WASocket) => {
    if (timeouts.silentMs === 0) return
    const patienceMs = timeouts.silentMs * (0.8 + 0.4 * Math.random())
    silence = setTimeout(
      () => void finish({ reason: 'silent', detail: `nothing was heard for ${Math.round(patienceMs / 1000)} s` }),
      patienceMs,
    )
    socket.ws.on('frame', (frame: { tag?: string }) => {
      if (frame.tag !== 'iq' && phase === 'open') silence?.refresh()
    })
  }

  /** Ends the connection from this side; how the socket takes it doesn't matter any more. */
  const abandon = (detail: string) => void finish({ reason: 'lost', detail })

  const isPaired = () => auth?.isPaired() ?? false

  /** Counted each time, and once a warning: whoever sends what can't be read may send it a thousand times. */
  const leftOut = (kind: UnreadableKind, event: string, more: object) => {
    shared.onUnreadable?.(kind)
    report(event, more)
  }

  const report = (event: string, more: object) => {
    const line = { sessionId, event, ...more }
    const words = 'WhatsApp sent something that was not understood; left out'
    if (reported.has(event)) log.debug(line, words)
    else log.warn(line, words)
    reported.add(event)
  }
  const reported = new Set<string>()

  const queue = createIngestQueue({
    ingest,
    onOverflow: abandon,
    onRefused: (fact, error) => {
      shared.onUnreadable?.('fact')
      log.error({ sessionId, kind: fact.kind, err: error }, 'the store refused a fact; left out')
    },
  })

  const start = async () => {
    watch()
    const loaded = await shared.load()
    baileys = loaded
    const opened = await openAuthState({
      ...shared,
      sessionId,
      baileys: loaded,
      onFailure: (error) => {
        log.error({ sessionId, err: error }, 'credentials and keys cannot be stored')
        isStoreFailing = true
        abandon(storeFailing.detail)
      },
      onUnreadableKey: (type) => {
        shared.onUnreadable?.('key')
        log.warn({ sessionId, type }, 'a stored key does not open; it will be made anew')
      },
    })
    if (phase !== 'connecting') return
    auth = opened
    keeper = await openMessageKeeper({
      baileys: loaded,
      auth,
      queue,
      reading,
      log: libraryLog(log, sessionId),
      onHistory: (notification, entries) => imports?.add(notification, entries),
      watch: (facts) => imports?.watch(facts) ?? facts,
      onSpoofed: () => {
        report('spoofed', { cause: 'somebody pretended to be the phone of the account' })
        shared.onSpoofed?.()
      },
      onUnreadable: (cause) => leftOut('message', 'message', { cause }),
    })
    await recoverWith(keeper)
    if (phase !== 'connecting') return
    socket = openSocket(loaded, opened, keeper)
    settings = settingsOf(loaded, opened.state, socket)
    imports = importsOf(opened, socket, keeper)
    listen(baileys, socket, keeper)
  }

  /** Tells what an earlier connection, or this one, has decrypted and could not tell. */
  const recoverWith = async (keeper: MessageKeeper) => {
    shared.onWork?.(sessionId)
    const { messages, ...left } = await keeper.recover()
    setAside = left.setAside
    if (messages > 0) log.info({ sessionId, messages }, 'messages of a connection that broke were recovered')
  }

  const started = start().catch((error: unknown) => {
    const how = beginningOf(error)
    if (how === undefined) log.error({ sessionId, err: error }, 'connecting failed inside the gateway')
    void finish(how ?? { reason: 'lost', detail: 'an error inside the gateway' })
  })

  const openSocket = (baileys: Baileys, { state }: AuthState, keeper: MessageKeeper): WASocket =>
    baileys.makeWASocket({
      ...keeper.config,
      auth: state,
      logger: libraryLog(log, sessionId, (action) => {
        if (phase !== 'closed') tell(keeper, 'sync-action', action)
        if (!makeSound(baileys, action, state.creds.me ?? { id: '' }))
          leftOut('stanza', 'settings', { cause: 'a broken change' })
      }),
      browser,
      ...(shared.version !== undefined && { version: shared.version }),
      ...(shared.url !== undefined && { waWebSocketUrl: shared.url }),
      connectTimeoutMs: timeouts.connectMs,
      defaultQueryTimeoutMs: timeouts.queryMs,
      keepAliveIntervalMs: timeouts.keepAliveMs,
      // Being online silences the notifications of the owner's phone.
      markOnlineOnConnect: false,
      syncFullHistory: false,
      // Link previews would make the gateway fetch what strangers name.
      generateHighQualityLinkPreview: false,
      // A failing write is tried again below, and then ends the connection: see auth-state.ts.
      transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
      // The library would wait in the line in which all messages of the session stand: a contact who sends a hundred that can't
      // be decrypted would hold up everybody else for half a minute.
      retryRequestDelayMs: 0,
      options: {
        // `fetch` wants undici's own class by its type, and its one method in fact.
        dispatcher: libraryDownloads({
          host: shared.media,
          limits: settingsLimits,
          signal: ended.signal,
          onFailure: onDownloadFailed,
        }),
      } as object,
      // Asked for when a receiver could not decrypt a message of ours.
      getMessage: (key) => ownMessage(baileys, key),
    })

  /** As it was sent, secrets included. Asked for inside the library's one lock: undefined rather than late or failing. */
  const ownMessage = async (
    { proto }: Baileys,
    { remoteJid, id, fromMe }: WAMessageKey,
  ): Promise<proto.IMessage | undefined> => {
    if (!fromMe || !remoteJid || !id) return undefined
    try {
      const raw = await shared.store.findRaw(sessionId, { chat: remoteJid, id, fromMe })
      return raw && proto.Message.decode(raw)
    } catch (error) {
      log.warn({ sessionId, err: error }, 'a message that is asked for again could not be read')
      return undefined
    }
  }

  const onDownloadFailed = ({ kind, message }: MediaFailure) => {
    failures.all += 1
    if (ended.signal.aborted) return
    if (kind === 'trouble') {
      log.info({ sessionId, cause: message }, 'settings could not be downloaded')
      return
    }
    failures.final += 1
    leftOut('settings', 'settings', { cause: message })
  }

  const settingsOf = (baileys: Baileys, { creds }: AuthState['state'], made: WASocket) =>
    createFirstSettings({
      names: baileys.ALL_WA_PATCH_NAMES,
      isDue: () => phase === 'open' && creds.myAppStateKeyId !== undefined && !creds.accountSyncCounter,
      read: (name) => made.resyncAppState([name], true),
      failures: () => ({ ...failures }),
      onDone: () => made.ev.emit('creds.update', { accountSyncCounter: 1 }),
      onFailed: (error) =>
        log.info({ sessionId, cause: redact(String(error)) }, 'settings wait for the next connection'),
    })

  const importsOf = (
    { flush, journal }: AuthState,
    { signalRepository: { lidMapping }, authState }: WASocket,
    { historyIn }: MessageKeeper,
  ) =>
    createHistoryImports({
      media: shared.media,
      workers: shared.histories,
      queue,
      reading,
      kept: historyIn,
      keepMappings: (mappings) => lidMapping.storeLIDPNMappings(mappings),
      keepTokens: (tokens) => keepTokens(tokens, authState.keys),
      flush,
      died: shared.historyDied,
      setAside: (entries) => leaveAside(journal, entries),
      ...(shared.historyTiming && { timing: shared.historyTiming }),
      ...(shared.maxHistories !== undefined && { maxWaiting: shared.maxHistories }),
      onUnreadable: (cause) => leftOut('history', 'history', { cause }),
      onImported: ({ chats, messages }) =>
        log.info({ sessionId, chats, messages }, 'history from the phone was stored'),
      onLeft: (cause) => log.warn({ sessionId, cause }, 'history from the phone waits for the next connection'),
    })

  /** Called in the same tick in which the socket was made: nothing has happened on it yet. */
  const listen = (baileys: Baileys, socket: WASocket, keeper: MessageKeeper) => {
    const passOn = socket.ev.emit
    socket.ev.emit = (event, data) => {
      if (!isFactEvent(event)) return passOn(event, data)
      if (phase !== 'closed') tell(keeper, event, data)
      // The library keeps its own table of addresses by this one; nobody but us listens to the others.
      return event === 'lid-mapping.update' ? passOn(event, data) : true
    }
    socket.ws.on('frame', (frame: { tag?: string; content?: unknown }) => {
      // The answer to a ping has no content: it comes to all sessions all the time.
      if (frame.tag !== 'iq' || frame.content !== undefined) shared.onWork?.(sessionId)
    })
    socket.ev.on('creds.update', ({ myAppStateKeyId }) => {
      auth?.saveCreds()
      if (myAppStateKeyId !== undefined) settings?.begin()
    })
    socket.ev.on('connection.update', onConnection)
    if (owner !== undefined)
      guardPairing(socket, owner, () => void finish({ reason: 'other_account', detail: 'the code was not for it' }))
    installGuards(socket, {
      clock,
      collections: baileys.ALL_WA_PATCH_NAMES,
      isPaired,
      isOurs: async (chat, id) => (await ownMessage(baileys, { remoteJid: chat, id, fromMe: true })) !== undefined,
      onLeftOut: (event, cause) => leftOut('stanza', event, { cause: redact(String(cause)) }),
      onBroken: abandon,
    })
    keeper.attach(socket)
    // The library has no answer to an upgrade that is refused, and would wait forever.
    socket.ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number }) =>
      abandon(`WhatsApp answered HTTP ${response.statusCode ?? 0} instead of opening a connection`),
    )
  }

  /** The library's own work goes on behind it, whatever is wrong with what it tells. */
  const tell = (keeper: MessageKeeper, event: FactEvent, data: unknown) => {
    try {
      keeper.tell(event, data)
    } catch (error) {
      leftOut('event', event, { cause: redact(String(error)) })
    }
  }

  const reading = (): Reading => ({
    me: me(),
    now: clock(),
    onUnreadable: ({ event, id, error }) => leftOut('event', event, { id, cause: redact(String(error)) }),
    ...(baileys && { encode: encodeWith(baileys) }),
  })

  const me = (): Me | undefined => {
    const jid = bareJid(auth?.state.creds.me?.id)
    const lid = bareJid(auth?.state.creds.me?.lid)
    return jid === undefined ? undefined : { jid, ...(lid !== undefined && { lid }) }
  }

  const onConnection = (update: Partial<ConnectionState>) => {
    if (update.connection === 'close') {
      socketClosed.resolve()
      void finish(endingOf(update.lastDisconnect?.error, isPaired()))
    }
    if (phase === 'closing' || phase === 'closed') return
    if (update.qr !== undefined) onQr(update.qr)
    if (update.isNewLogin) onPaired()
    if (update.connection === 'open') onOpen()
  }

  const onQr = (code: string) => {
    clearTimeout(watchdog)
    const lifeMs = phase === 'pairing' ? qrMs.later : qrMs.first
    phase = 'pairing'
    pairingBegun.resolve()
    emit({ type: 'qr', code, expiresAt: clock() + lifeMs })
  }

  const onPaired = () => {
    watch()
    pairedStored = storePaired().catch(() => {})
  }

  const storePaired = async () => {
    auth?.saveCreds()
    await auth?.flush()
    const account = me()
    if (account !== undefined) emit({ type: 'paired', me: account })
  }

  const onOpen = () => {
    const account = me()
    // WhatsApp may say it twice.
    if (account === undefined || phase === 'open') return
    clearTimeout(watchdog)
    phase = 'open'
    if (socket !== undefined) listenForSilence(socket)
    settings?.begin()
    emit({ type: 'open', me: account, ...(setAside > 0 && { setAside }) })
    givingBack = keeper
      ?.giveBack()
      .catch((error: unknown) => log.warn({ sessionId, err: error }, 'recovered messages wait'))
  }

  /** Once: no more live calls, no more decrypting, all that has arrived stored, then `closed`. */
  const finish = (how: Ending): Promise<void> => {
    ending ??= wind(how).catch((error: unknown) => {
      log.error({ sessionId, err: error }, 'the connection did not end cleanly')
      tellClosed(how)
    })
    return ending
  }

  /** The last that is heard of the connection. */
  const tellClosed = ({ reason, detail }: Ending) => {
    emit({ type: 'closed', reason, detail })
    phase = 'closed'
  }

  const wind = async (how: Ending) => {
    phase = 'closing'
    clearTimeout(watchdog)
    clearTimeout(silence)
    gone.reject(new NotConnected('the connection has ended'))
    settings?.close()
    imports?.close()
    ended.abort(new Error('the connection has ended'))
    auth?.close()
    keeper?.close()
    if (socket === undefined) {
      await settledWithin(started, goodbyeMs)
    } else {
      // In this very tick: when keys could not be stored, the library is about to acknowledge their message.
      socket.end(undefined).catch(() => {})
      await settledWithin(socketClosed.promise, goodbyeMs)
      // The message in hand, if any, has its receipt: its facts must not be missed.
      const idle = socket.messageMutex.mutex(async () => {})
      await settledWithin(idle, goodbyeMs)
    }
    await settledWithin(Promise.all([pairedStored, givingBack]), goodbyeMs)
    const [isStored] = await Promise.all([
      queue.drain(timeouts.closeMs),
      settledWithin(auth?.flush(), timeouts.closeMs),
    ])
    // What was decrypted on the dying socket could not be receipted, and the library has dropped it.
    if (isStored && keeper !== undefined) await settledWithin(recoverWith(keeper), timeouts.closeMs)
    else if (!isStored)
      log.warn({ sessionId }, 'the store does not take messages; the journal keeps them until it does')
    // A new connection at once would be one without the credentials that this one made.
    tellClosed(how.reason === 'restart' && isStoreFailing ? storeFailing : how)
  }

  /** The socket, for a live call. */
  const open = (): WASocket => {
    if (phase !== 'open' || socket === undefined) throw new NotConnected('the client is not connected')
    return socket
  }

  const live = async <T>(call: (socket: WASocket) => Promise<T>): Promise<T> => {
    try {
      return await call(open())
    } catch (error) {
      if (isGone(error)) throw new NotConnected('the connection to WhatsApp is gone', { cause: error })
      throw error
    }
  }

  return {
    sendChatPresence: (jid, state) => live((socket) => socket.sendPresenceUpdate(state, jid)),

    sendReadReceipts: (messages) =>
      live((socket) =>
        socket.readMessages(
          messages.map(({ chat, id, participant }) => ({
            remoteJid: chat,
            id,
            fromMe: false,
            ...(participant !== undefined && { participant }),
          })),
        ),
      ),

    groupName: (jid) => live(async (socket) => labelOf((await socket.groupMetadata(jid)).subject)),

    async requestPairingCode(phone) {
      await untilGone(pairingBegun.promise, 'pairing did not begin in time')
      if (phase !== 'pairing' || socket === undefined) throw new NotConnected('the client is not pairing')
      return codeFor(socket, phone)
    },

    async logout() {
      if (phase === 'open' && socket !== undefined) {
        await socket.logout().catch(() => {})
        return finish({ reason: 'logged_out', detail: 'the device was unlinked from here' })
      }
      return finish(closedByUs)
    },

    close: () => finish(closedByUs),

    breakOff: () => void finish({ reason: 'broke', detail: 'an error inside the gateway' }),
  }

  /** @throws NotConnected with the words after `pairingMs`, and when the connection ends before */
  function untilGone<T>(work: Promise<T>, words: string): Promise<T> {
    const either = Promise.race([work, gone.promise.then(() => work)])
    return deadline(either, timeouts.pairingMs, () => new NotConnected(words))
  }

  async function codeFor(socket: WASocket, phone: string): Promise<string> {
    // WhatsApp takes any name for a code to scan, but refuses a name that it doesn't know for a code to type in.
    const shown = browser[0]
    browser[0] = 'Windows'
    try {
      const accepted = pairingAnswer(socket.ws)
      accepted.catch(() => {})
      const code = await socket.requestPairingCode(phone)
      await untilGone(accepted, 'WhatsApp did not accept the pairing code in time')
      return code
    } catch (error) {
      if (error instanceof NotConnected || !isGone(error)) throw error
      throw new NotConnected('the connection to WhatsApp is gone', { cause: error })
    } finally {
      browser[0] = shown
    }
  }
}

const closedByUs: Ending = { reason: 'closed', detail: 'closed by the gateway' }

const storeFailing: Ending = { reason: 'lost', detail: 'the store does not take credentials and keys' }

/** Why it never came to a connection; undefined when it should have. */
const beginningOf = (error: unknown): Ending | undefined => {
  if (error instanceof CredentialsUnreadable) return { reason: 'credentials_unreadable', detail: error.message }
  return error instanceof StoreUnavailable ? { reason: 'lost', detail: 'the store is not available' } : undefined
}

const isFactEvent = (event: string): event is FactEvent => (factEvents as readonly string[]).includes(event)
