import type { Link } from '../connection/connection.ts'
import { deviceName } from '../connection/device-name.ts'
import { pairingAnswer } from './pairing-answer.ts'

/**
 * A code for the phone's owner to type in, accepted by WhatsApp.
 * @param phone digits with country code
 * @throws NotConnected when WhatsApp refuses
 */
export const pairingCode = async ({ socket, browser }: Pick<Link, 'socket' | 'browser'>, phone: string) => {
  const accepted = pairingAnswer(socket.ws)
  accepted.catch(() => {})
  const code = await underKnownName(browser, () => socket.requestPairingCode(phone))
  await accepted
  return code
}

/** WhatsApp takes any name for a code to scan, but refuses a name that it does not know for a code to type in. */
const underKnownName = async <T>(browser: Link['browser'], ask: () => Promise<T>): Promise<T> => {
  browser[0] = 'Windows'
  try {
    return await ask()
  } finally {
    browser[0] = deviceName
  }
}
