/** One crash of the process: an uncaught error that belonged to no session, or out of memory. A signal is no crash. */
export interface End {
  /** Epoch ms. */
  at: number
  /** The session that was last at work; absent when none was. */
  sessionId?: string
}
