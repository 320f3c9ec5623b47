/** One end of the process: an error that was nobody's, or no memory left. Never a signal: who stops or kills the process has reasons of their own. */
export interface End {
  /** Epoch ms. */
  at: number
  /** The session that was last at work; absent when none was. */
  sessionId?: string
}
