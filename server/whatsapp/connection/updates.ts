/** Translates the library's connection updates into our phases. */
import type { ConnectionState } from '../library.ts'
import { accountOf } from './account-of.ts'
import { endingOf } from './close-reason.ts'
import type { Connection, Link } from './connection.ts'

/** How long the first QR code is valid, and each one after it. */
const qrMs = { first: 60_000, later: 20_000 }

export const onConnectionUpdate = (connection: Connection, link: Link, update: Partial<ConnectionState>): void => {
  if (update.connection === 'close') {
    link.closed.resolve()
    void connection.end(endingOf(update.lastDisconnect?.error, link.auth.isPaired()))
  }
  if (!('link' in connection.phase)) return
  if (update.qr !== undefined) onQr(connection, link, update.qr)
  if (update.isNewLogin) onPaired(connection, link)
  if (update.connection === 'open') onOpen(connection, link)
  if (update.reachoutTimeLock !== undefined) onTimeLock(connection, update.reachoutTimeLock)
}

const onQr = (connection: Connection, link: Link, code: string) => {
  connection.timers.stepCame()
  const lifeMs = connection.phase.name === 'pairing' ? qrMs.later : qrMs.first
  connection.phase = { name: 'pairing', link }
  connection.pairingBegun.resolve()
  connection.emit({ type: 'qr', code, expiresAt: connection.shared.clock() + lifeMs })
}

const onPaired = (connection: Connection, link: Link) => {
  connection.timers.expectStep()
  link.work.push(storePaired(connection, link).catch(() => {}))
}

const onTimeLock = (
  connection: Connection,
  { isActive = false, timeEnforcementEnds }: NonNullable<ConnectionState['reachoutTimeLock']>,
) => {
  const until = timeEnforcementEnds?.getTime()
  const isKnown = isActive && until !== undefined && Number.isFinite(until)
  connection.emit({ type: 'restriction', isRestricted: isActive, ...(isKnown && { until }) })
}

const storePaired = async (connection: Connection, { auth }: Link) => {
  auth.saveCreds()
  await auth.flush()
  const me = accountOf(auth)
  if (me !== undefined) connection.emit({ type: 'paired', me })
}

const onOpen = (connection: Connection, link: Link) => {
  const { timers, setAside, shared, sessionId } = connection
  const me = accountOf(link.auth)
  // WhatsApp may send it twice.
  if (me === undefined || connection.phase.name === 'open') return
  timers.stepCame()
  connection.phase = { name: 'open', link }
  timers.listen(link.socket.ws)
  link.settings.begin()
  connection.emit({ type: 'open', me, ...(setAside > 0 && { setAside }) })
  // The library tells the two addresses of others only.
  if (me.lid !== undefined && !connection.ended.signal.aborted)
    link.incoming.take('lid-mapping.update', { lid: me.lid, pn: me.jid })
  const givenBack = link.incoming
    .giveBack()
    .catch((error: unknown) => shared.log.warn({ sessionId, err: error }, 'recovered messages could not be stored yet'))
  link.work.push(givenBack)
}
