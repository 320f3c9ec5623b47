import type { Link } from '../connection/connection.ts'
import { deviceName } from '../connection/device-name.ts'
import { pairingAnswer } from './pairing-answer.ts'

/**
 * Requests a pairing code, and waits until WhatsApp has accepted it.
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

/** WhatsApp accepts any device name for a QR code, but only known names for a pairing code. */
const underKnownName = async <T>(browser: Link['browser'], ask: () => Promise<T>): Promise<T> => {
  browser[0] = 'Windows'
  try {
    return await ask()
  } finally {
    browser[0] = deviceName
  }
}
