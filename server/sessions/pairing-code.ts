/** Requests a pairing code from WhatsApp as soon as the session has a client for it. */

import { within } from '../model/deadline.ts'
import { unavailable } from '../model/errors.ts'
import { NotConnected } from '../ports/whatsapp/calls.ts'
import type { WhatsAppClient } from '../ports/whatsapp/connection.ts'
import type { Connection } from './connection.ts'

/** How long a request for a pairing code waits for a client. */
const pairingMs = 30_000

/**
 * @param phone digits with country code
 * @param checkGoingOn throws the caller's error when there will be no client
 * @returns eight characters, without a dash
 * @throws GatewayError `gateway_unavailable` when WhatsApp cannot be reached within 30 s
 */
export const requestPairingCode = async (
  connection: Connection,
  phone: string,
  checkGoingOn: () => void,
): Promise<string> => {
  const client = await untilMade(connection, checkGoingOn)
  try {
    return await client.requestPairingCode(phone)
  } catch (error) {
    throw error instanceof NotConnected ? unreachable(error) : error
  }
}

const untilMade = async (connection: Connection, checkGoingOn: () => void): Promise<WhatsAppClient> => {
  const deadline = performance.now() + pairingMs
  for (let client = connection.made; ; client = connection.made) {
    if (client !== undefined) return client
    checkGoingOn()
    if (!(await within(connection.changed(), deadline - performance.now()))) throw unreachable()
  }
}

const unreachable = (cause?: unknown) => unavailable('WhatsApp could not be reached; try again in a moment', cause)
