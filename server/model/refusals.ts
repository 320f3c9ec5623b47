/** Why a message failed: WhatsApp's numbers and the gateway's own words, each with the answer of the API. */
import type { ErrorCode } from './errors.ts'
import type { SendFailure } from './outgoing.ts'

/** Reasons of the gateway itself. */
export type OwnFailure =
  | 'expired'
  | 'unknown'
  | 'unsendable'
  | 'file_gone'
  | 'file_refused'
  | 'file_too_large'
  | 'cancelled'
  | 'not_admin'
  | 'not_on_whatsapp'
  | 'not_forwardable'
  | 'no_secret'

interface Meaning {
  code: ErrorCode
  words: string
}

const refused = (words: string): Meaning => ({ code: 'refused', words })
const invalid = (words: string): Meaning => ({ code: 'validation_error', words })
const missing = (words: string): Meaning => ({ code: 'not_found', words })
const limited = (words: string): Meaning => ({ code: 'rate_limited', words })
const later = (words: string): Meaning => ({ code: 'gateway_unavailable', words })

const byNumber: Readonly<Record<string, Meaning>> = {
  400: invalid('WhatsApp does not accept this message for this address'),
  401: refused('WhatsApp does not let this account write here: it is not a member, or was blocked'),
  403: refused('WhatsApp does not let this account write here'),
  404: missing('WhatsApp knows no such chat'),
  405: refused('WhatsApp does not let this account send this kind of message'),
  406: later('WhatsApp has no keys for any device of the receiver'),
  419: { code: 'conflict', words: 'a limit of WhatsApp is reached' },
  421: later('WhatsApp could not take the message now'),
  423: limited('WhatsApp has locked this for a while'),
  429: limited('WhatsApp limits how often this account may do this'),
  463: refused('WhatsApp does not let this account start this chat now: the account is restricted'),
  475: invalid('WhatsApp does not accept the content of this message'),
  479: invalid('WhatsApp does not accept the content of this message'),
}

const own: Readonly<Record<OwnFailure, Meaning>> = {
  expired: later('the message was not sent in time'),
  unknown: later('WhatsApp neither acknowledged nor refused the message'),
  file_gone: { code: 'internal', words: 'the file of the message is not stored any more' },
  file_refused: invalid('WhatsApp does not take the file'),
  file_too_large: invalid('WhatsApp does not take a file of this size'),
  unsendable: { code: 'internal', words: 'the message could not be made' },
  not_admin: refused('only an admin of the group may delete what others wrote'),
  not_forwardable: { code: 'conflict', words: 'the message cannot be forwarded' },
  no_secret: { code: 'conflict', words: 'the secret that encrypts the votes of this poll is not stored' },
  cancelled: { code: 'conflict', words: 'it was cancelled before it was sent' },
  not_on_whatsapp: missing('the number is not on WhatsApp'),
}

const others = {
  refused: refused('WhatsApp refused the message'),
  failed: later('WhatsApp could not take the message now'),
}

const meaningOf = (code: string): Meaning => {
  if (Object.hasOwn(own, code)) return own[code as OwnFailure]
  return byNumber[code] ?? (/^5\d\d$/.test(code) ? others.failed : others.refused)
}

/** A failure with its words for people. @param code WhatsApp's number, or a reason of the gateway */
export const refusalOf = (code: string): SendFailure => ({ code, words: meaningOf(code).words })

/** What the API answers for a failure. */
export const errorCodeOf = ({ code }: Pick<SendFailure, 'code'>): ErrorCode => meaningOf(code).code

/** Whether the same message may be accepted later. */
export const isForNow = (failure: Pick<SendFailure, 'code'>): boolean =>
  ['gateway_unavailable', 'rate_limited'].includes(meaningOf(failure.code).code)

/** Whether WhatsApp tells the session to pause. */
export const isPause = (failure: Pick<SendFailure, 'code'>): boolean => meaningOf(failure.code).code === 'rate_limited'

/** WhatsApp's own number; undefined when the gateway itself gave up. */
export const whatsappCodeOf = ({ code }: SendFailure): number | undefined =>
  /^\d{3}$/.test(code) ? Number(code) : undefined
