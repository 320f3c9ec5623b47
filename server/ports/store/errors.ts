/** The database can't do it now. The message says what to do; the cause is the driver's error. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** A write that belongs to a session came after the session was deleted. Nothing was stored. */
export class SessionGone extends Error {
  override name = 'SessionGone'

  constructor(options?: ErrorOptions) {
    super('the session was deleted', options)
  }
}
