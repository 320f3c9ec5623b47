/** The database cannot do it now. The message says what to do; the cause is the driver's error. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/**
 * A write carried a stale epoch: its node is no longer the owner. Nothing was stored. A node that gets this error closes the
 * session's connection to WhatsApp, acknowledges nothing, and writes nothing more.
 */
export class Fenced extends Error {
  override name = 'Fenced'

  constructor(message = 'the session has another owner', options?: ErrorOptions) {
    super(message, options)
  }
}

/** The same, because the session was deleted. */
export class SessionGone extends Fenced {
  override name = 'SessionGone'

  constructor(options?: ErrorOptions) {
    super('the session was deleted', options)
  }
}
