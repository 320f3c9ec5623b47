/** Changes what callers decide of a session, whether or not it runs in this process. */
import { notFound } from '../model/errors.ts'
import type { SessionPatch, SessionRow } from '../model/session.ts'
import type { Store } from '../ports/store/store.ts'
import type { LiveSession } from './live-session.ts'

export interface SettingsParts {
  store: Pick<Store, 'updateSession'>
  clock: () => number
  /** The session if it runs in this process. */
  find: (sessionId: string) => Pick<LiveSession, 'row' | 'adopt'> | undefined
}

export const createChangeSettings =
  ({ store, clock, find }: SettingsParts) =>
  async (sessionId: string, patch: SessionPatch): Promise<SessionRow> => {
    const stored = await store.updateSession(sessionId, patch, clock())
    if (stored === undefined) throw notFound('session')
    // Several nodes: the owner has to be told, or to read its settings again.
    const session = find(sessionId)
    session?.adopt(stored)
    return session?.row ?? stored
  }
