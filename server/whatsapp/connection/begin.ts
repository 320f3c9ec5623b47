/** Starts a connection: loads the library and the credentials, recovers the journal, and opens the socket. */
import { Fenced } from '../../ports/store/errors.ts'
import { type AuthState, openAuthState } from '../credentials/auth-state.ts'
import { openMessageIntake } from '../intake/message-intake.ts'
import { libraryLog, redact } from '../library/library-log.ts'
import type { Baileys } from '../library.ts'
import { encodeWith } from '../reading/message-raw.ts'
import type { Reading } from '../reading/reading.ts'
import { accountOf } from './account-of.ts'
import { abandon, type Connection, type Prepared } from './connection.ts'
import { openLink } from './link.ts'
import { recover } from './recover.ts'

/**
 * Resolves when the socket is connecting, or the connection ended before.
 * @throws CredentialsUnreadable · StoreUnavailable
 */
export const begin = async (connection: Connection): Promise<void> => {
  connection.timers.expectStep()
  const prepared = await prepare(connection)
  if (connection.phase.name !== 'loading') return
  connection.phase = { name: 'recovering', prepared }
  await recover(connection, prepared.intake)
  if (!isStill(connection, 'recovering')) return
  openLink(connection, prepared)
}

/** Checked after each wait, because the connection may have ended meanwhile. */
const isStill = ({ phase }: Connection, name: Connection['phase']['name']) => phase.name === name

const prepare = async (connection: Connection): Promise<Prepared> => {
  const { shared, reports, queue, sessionId } = connection
  const baileys = await shared.load()
  const auth = await openAuth(connection, baileys)
  const reading = (): Reading => ({
    me: accountOf(auth),
    now: shared.clock(),
    onUnreadable: ({ event, id, error }) => reports.leftOut('event', event, { id, cause: redact(String(error)) }),
    encode: encodeWith(baileys),
  })
  const intake = await openMessageIntake({
    baileys,
    auth,
    queue,
    inTurn: shared.inTurn,
    reading,
    log: libraryLog(shared.log, sessionId),
    onSpoofed: reports.spoofed,
    onUnreadable: (cause) => reports.leftOut('message', 'message', { cause }),
  })
  return { baileys, auth, intake, reading }
}

const openAuth = (connection: Connection, baileys: Baileys): Promise<AuthState> => {
  const { shared, sessionId, owned } = connection
  const { log } = shared
  return openAuthState({
    ...shared,
    owned,
    baileys,
    onFailure: (error) => {
      // Fenced: the session runs elsewhere or was deleted, and the store works.
      if (!(error instanceof Fenced)) log.error({ sessionId, err: error }, 'credentials and keys cannot be stored')
      connection.hasStoreFailed = true
      abandon(connection, 'the store does not take credentials and keys')
    },
    onUnreadableKey: (type) => {
      shared.onUnreadable?.('key')
      log.warn({ sessionId, type }, 'a stored key cannot be decrypted; the protocol will create a new one')
    },
  })
}
