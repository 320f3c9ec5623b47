/** Deletes stored attachments whose message is gone: soon after a deletion, and regularly what a crash has left. */
import type { Fact } from '../model/facts.ts'
import type { MediaStore } from '../ports/media.ts'
import type { Store } from '../ports/store/store.ts'

export interface Leftovers {
  /** Call after each commit. A message that was deleted loses its file within seconds. */
  heard(sessionId: string, facts: readonly Fact[]): void
  /** Looks at all sessions, those that were deleted too. @throws StoreUnavailable */
  sweepAll(): Promise<void>
  /** Resolves when nothing more is deleted. */
  close(): Promise<void>
}

export interface LeftoversParts {
  media: MediaStore
  store: Pick<Store, 'withAttachment' | 'findSession'>
  /** Called when files could not be deleted now; the next sweep deletes them. */
  onFailed: (error: unknown) => void
}

/** Deletions come in bursts. */
const soonMs = 1_000
const idsAtOnce = 500

export const createLeftovers = ({ media, store, onFailed }: LeftoversParts): Leftovers => {
  const due = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let working = Promise.resolve()
  let isOver = false

  const sweep = async (sessionId: string) => {
    const ids = await media.list(sessionId, 'message')
    for (let at = 0; at < ids.length && !isOver; at += idsAtOnce) {
      const some = ids.slice(at, at + idsAtOnce)
      const kept = new Set(await store.withAttachment(sessionId, some))
      for (const id of some) if (!kept.has(id)) await media.delete({ sessionId, of: 'message', id })
    }
  }

  const sweepDue = async () => {
    const sessionIds = [...due]
    due.clear()
    for (const sessionId of sessionIds) await sweep(sessionId)
  }

  const sweepAll = async () => {
    for (const sessionId of await media.sessions()) {
      if (isOver) return
      if ((await store.findSession(undefined, sessionId)) === undefined) await media.deleteSession(sessionId)
      else await sweep(sessionId)
    }
  }

  /** One sweep at a time. */
  const inLine = (work: () => Promise<void>): Promise<void> => {
    const done = working.then(work)
    working = done.catch(() => {})
    return done
  }

  return {
    heard(sessionId, facts) {
      if (isOver || !facts.some(isDeletion)) return
      due.add(sessionId)
      timer ??= setTimeout(() => {
        timer = undefined
        inLine(sweepDue).catch(onFailed)
      }, soonMs).unref()
    },
    sweepAll: () => inLine(sweepAll),
    close() {
      isOver = true
      clearTimeout(timer)
      return working
    },
  }
}

const isDeletion = ({ kind }: Fact) => kind === 'revoke' || kind === 'remove' || kind === 'clear'
