/** Why a session is in its status: a code for programs and metrics, and a text for an operator. */

import { reasonCodeOf, type SessionRow, type StatusReasonCode } from '../model/session.ts'

/** A code with a fixed text. */
export type ReasonCode = Exclude<StatusReasonCode, 'other'>

const detail = '…'

/** Texts by code; `…` is replaced by the text of WhatsApp or the network. */
export const words = {
  paired: 'paired; connecting',
  resumed: 'the gateway was restarted; reconnecting',
  restart: 'WhatsApp asked for a new connection',
  set_aside: `not shown because reading them ended the gateway: ${detail}; they are kept, and not read again`,
  silent: 'WhatsApp sent nothing for a long time; reconnecting',
  lost: `the connection was lost (${detail}); reconnecting`,
  broke: 'an error inside the gateway ended the connection; reconnecting',
  replaced: 'the same WhatsApp session was opened somewhere else',
  banned: `WhatsApp refuses this account: ${detail}`,
  outdated: 'WhatsApp refuses this client version; set WHATSAPP_VERSION to a current one',
  logged_out: 'the device was unlinked; pair again',
  credentials_unreadable: `the stored credentials cannot be read (${detail}); check ENCRYPTION_KEY`,
  restored:
    'the stored credentials come from an older copy of the database: pair again (logout, then start), or, if none newer were ever used, run "npm run backup -- accept" and start',
  refused: `the connection to WhatsApp is not set up correctly: ${detail}`,
  left_out:
    'the gateway ended on an error three times within ten minutes, while it was working on this session: the session is left out for an hour, or until it is started',
  pairing_interrupted: 'the gateway was restarted during pairing',
  pairing_expired: 'the code was not scanned in time',
  pairing_failed: `pairing failed: ${detail}`,
  other_account:
    'another WhatsApp account scanned the code, but this session belongs to the first one: start and pair the first one again, create a new session for the other, or delete this session',
  pairing_refused: `WhatsApp refuses to pair: ${detail}`,
  unreachable: `WhatsApp could not be reached for pairing: ${detail}`,
} as const satisfies Record<ReasonCode, string>

export interface Reason {
  /** `other`: an earlier version stored it without a code. */
  code: StatusReasonCode
  words: string
}

export const say = (code: ReasonCode, about = ''): Reason => ({ code, words: words[code].replace(detail, () => about) })

/** The reason of a stored session; undefined when its status has none. */
export const reasonOf = ({
  statusReason,
  statusReasonCode,
}: Pick<SessionRow, 'statusReason' | 'statusReasonCode'>): Reason | undefined =>
  statusReason === undefined ? undefined : { code: reasonCodeOf(statusReasonCode), words: statusReason }
