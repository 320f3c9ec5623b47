/** The end of a connection: what has arrived is stored, then its owner is told. */
import { settledWithin } from '../../model/deadline.ts'
import { NotConnected } from '../../ports/whatsapp/calls.ts'
import type { Ending } from './close-reason.ts'
import type { Connection, Link, Phase, Prepared } from './connection.ts'
import { recover } from './recover.ts'

/** For the other side to answer the end of a connection; the socket is abandoned after it. */
const goodbyeMs = 1_000

/** @param begun resolves when the beginning has come to its end */
export const end = async (connection: Connection, how: Ending, begun: () => Promise<void>): Promise<void> => {
  try {
    await windUp(connection, begun)
  } catch (error) {
    connection.shared.log.error({ sessionId: connection.sessionId, err: error }, 'the connection did not end cleanly')
  }
  // A new connection at once would be one without the credentials that this one made.
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

/** Lets go of the socket. Begins in the tick in which the end began: when keys could not be stored, the library is about to acknowledge their message. */
const leave = async ({ settings, imports, socket, closed, work }: Link) => {
  settings.close()
  imports.close()
  socket.end(undefined).catch(() => {})
  await settledWithin(closed.promise, goodbyeMs)
  // The message in hand, if any, has its receipt: its facts must not be missed.
  const idle = socket.messageMutex.mutex(async () => {})
  await settledWithin(idle, goodbyeMs)
  await settledWithin(Promise.all(work), goodbyeMs)
}

const storeRest = async (connection: Connection, prepared: Prepared | undefined) => {
  const { shared, queue, sessionId } = connection
  const { closeMs } = shared.timeouts
  const [isStored] = await Promise.all([queue.drain(closeMs), settledWithin(prepared?.auth.flush(), closeMs)])
  if (!isStored)
    shared.log.warn({ sessionId }, 'the store does not take messages; the journal keeps them until it does')
  // What was decrypted on the dying socket could not be receipted, and the library has dropped it.
  else if (prepared !== undefined) await settledWithin(recover(connection, prepared.intake), closeMs)
}
