/** Ends a connection: stores what has arrived, then emits `closed`. */
import { settledWithin } from '../../model/deadline.ts'
import { NotConnected } from '../../ports/whatsapp/calls.ts'
import type { Ending } from './close-reason.ts'
import type { Connection, Link, Phase, Prepared } from './connection.ts'
import { recover } from './recover.ts'

/** How long WhatsApp may take to answer the end of a connection; the socket is abandoned after it. */
const goodbyeMs = 1_000

/** @param begun resolves when connecting has succeeded or failed */
export const end = async (connection: Connection, how: Ending, begun: () => Promise<void>): Promise<void> => {
  try {
    await windUp(connection, begun)
  } catch (error) {
    connection.shared.log.error({ sessionId: connection.sessionId, err: error }, 'the connection did not end cleanly')
  }
  // An immediate new connection would lack the credentials that this one created.
  const { reason, detail } = how.reason === 'restart' && connection.hasStoreFailed ? storeFailed : how
  connection.emit({ type: 'closed', reason, detail })
  connection.phase = { name: 'closed' }
}

const storeFailed: Ending = { reason: 'lost', detail: 'the store does not take credentials and keys' }

const windUp = async (connection: Connection, begun: () => Promise<void>) => {
  const { phase: before } = connection
  connection.phase = { name: 'ending' }
  connection.timers.stop()
  connection.ended.abort(new NotConnected('the connection has ended'))
  const prepared = preparedIn(before)
  prepared?.auth.close()
  prepared?.intake.close()
  await ('link' in before ? leave(before.link) : settledWithin(begun(), goodbyeMs))
  await storeRest(connection, prepared)
}

const preparedIn = (phase: Phase): Prepared | undefined => {
  if ('link' in phase) return phase.link
  return 'prepared' in phase ? phase.prepared : undefined
}

/** Closes the socket. Called in the tick in which the end began: if keys could not be stored, the library is about to acknowledge their message. */
const leave = async ({ settings, imports, socket, closed, work }: Link) => {
  settings.close()
  imports.close()
  socket.end(undefined).catch(() => {})
  await settledWithin(closed.promise, goodbyeMs)
  // The message that the library is working on may be acknowledged already: its facts must be stored.
  const idle = socket.messageMutex.mutex(async () => {})
  await settledWithin(idle, goodbyeMs)
  await settledWithin(Promise.all(work), goodbyeMs)
}

const storeRest = async (connection: Connection, prepared: Prepared | undefined) => {
  const { shared, queue, sessionId } = connection
  const { closeMs } = shared.timeouts
  const [isStored] = await Promise.all([queue.drain(closeMs), settledWithin(prepared?.auth.flush(), closeMs)])
  if (!isStored) shared.log.warn({ sessionId }, 'messages cannot be stored now; the journal keeps them')
  // Messages that were decrypted on the closing socket could not be acknowledged, and the library has dropped them.
  else if (prepared !== undefined) await settledWithin(recover(connection, prepared.intake), closeMs)
}
