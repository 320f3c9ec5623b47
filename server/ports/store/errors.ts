/** The database can't do it now. The message says what to do; the cause is the driver's error. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/**
 * A write came from an owner that has been replaced. Nothing was stored. Whoever meets it closes its connection to WhatsApp,
 * acknowledges nothing, and writes nothing more.
 */
export class Fenced extends Error {
  override name = 'Fenced'

  constructor(message = 'the session has another owner', options?: ErrorOptions) {
    super(message, options)
  }
}

/** The same, as the session was deleted. */
export class SessionGone extends Fenced {
  override name = 'SessionGone'

  constructor(options?: ErrorOptions) {
    super('the session was deleted', options)
  }
}
