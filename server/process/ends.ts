/**
 * Remembers, across restarts, when the process crashed and which session it was working for. After the third crash within ten
 * minutes the next process leaves that session out, so that it can serve the others.
 *
 * Several nodes: the file belongs to one node. When another node takes over a session, it needs the session's crashes from the store.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { End } from './end.ts'
import { nameReport, takeMemoryEnds } from './memory-ends.ts'

export interface Ends {
  /** Whether the session is left out. */
  has(sessionId: string): boolean
  /** The session is left out no longer. */
  release(sessionId: string): void
  /** Notes in memory that this session is at work. Called for everything that arrives; writes nothing. */
  atWork(sessionId: string): void
  /** Writes synchronously that the process crashes now. Throws nothing. */
  note(): void
  /** Calls the listener for each session that has been left out long enough. @returns a function that unsubscribes */
  onBack(listener: (sessionId: string) => void): () => void
}

export interface EndsOptions {
  /** An existing folder that only this process uses. */
  dataDir: string
  clock: () => number
  log: Pick<Logger, 'warn'>
}

const fileName = 'parley.ends'
const minute = 60_000
/** How many crashes within which time leave a session out. */
const tooMany = { ends: 3, withinMs: 10 * minute }
/** A session is left out until there was no crash for this long; older crashes are forgotten. */
const quietMs = 60 * minute
/** The most entries of either list; the newest are kept. */
const mostKept = 100
const longestFile = 64 * 1024

interface Kept {
  ends: End[]
  /** Sessions that are left out, with the time of the latest crash since then. */
  aside: Required<End>[]
}

/** Reads the file and decides which sessions are left out. An unreadable file counts as empty. */
export const openEnds = ({ dataDir, clock, log }: EndsOptions): Ends => {
  const file = join(dataDir, fileName)
  const before = read(file)
  let { ends, aside } = decide(before, memoryEnds(dataDir), clock())
  let last: string | undefined

  const write = () => {
    try {
      const draft = `${file}.new`
      writeFileSync(draft, JSON.stringify({ ends: ends.slice(-mostKept), aside: aside.slice(-mostKept) }), {
        mode: 0o600,
      })
      renameSync(draft, file)
    } catch (error) {
      log.warn({ err: error }, 'the crash of the process cannot be recorded')
    }
  }

  if (JSON.stringify(before) !== JSON.stringify({ ends, aside })) write()
  for (const { sessionId } of aside)
    log.warn(
      { sessionId },
      'the gateway ended three times in ten minutes; this session was last at work, and is left out',
    )

  return {
    has: (sessionId) => aside.some((left) => left.sessionId === sessionId),

    release(sessionId) {
      const others = aside.filter((left) => left.sessionId !== sessionId)
      if (others.length === aside.length) return
      aside = others
      write()
    },

    atWork(sessionId) {
      if (sessionId === last) return
      last = sessionId
      nameReport(sessionId)
    },

    note() {
      ends = [...ends, { at: clock(), ...(last !== undefined && { sessionId: last }) }]
      write()
    },

    onBack(listener) {
      let timer: NodeJS.Timeout | undefined
      const look = () => {
        const back = aside.filter(({ at }) => at + quietMs <= clock())
        aside = aside.filter((left) => !back.includes(left))
        if (back.length > 0) write()
        for (const { sessionId } of back) listener(sessionId)
        if (aside.length > 0) timer = setTimeout(look, minute).unref()
      }
      look()
      return () => clearTimeout(timer)
    },
  }
}

const memoryEnds = (dataDir: string): End[] => {
  try {
    return takeMemoryEnds(dataDir)
  } catch {
    return []
  }
}

/** The new state, from the state of the file and the crashes since. */
const decide = (kept: Kept, more: End[], now: number): Kept => {
  const all = [...kept.ends, ...more].sort((one, other) => one.at - other.at)
  // A clock that was set back must not keep an end for years.
  const recent = all.filter(({ at }) => at > now - quietMs && at <= now + minute).slice(-mostKept)
  const newest = recent.at(-1)
  const aside = kept.aside
    .map((left) => ({ ...left, at: Math.min(now, Math.max(left.at, newest?.at ?? 0)) }))
    .filter(({ at }) => at > now - quietMs)
  const first = recent.at(-tooMany.ends)
  if (newest === undefined || first === undefined || newest.at - first.at > tooMany.withinMs)
    return { ends: recent, aside }
  if (newest.sessionId === undefined) return { ends: recent, aside }
  const { sessionId } = newest
  const others = aside.filter((left) => left.sessionId !== sessionId)
  // The count begins again for the next session.
  return { ends: [], aside: [...others, { at: Math.min(now, newest.at), sessionId }] }
}

const read = (file: string): Kept => {
  try {
    if (statSync(file).size > longestFile) return { ends: [], aside: [] }
    const { ends, aside } = JSON.parse(readFileSync(file, 'utf8')) as { ends: unknown; aside: unknown }
    return { ends: endsOf(ends), aside: endsOf(aside).filter(isOfSession) }
  } catch {
    return { ends: [], aside: [] }
  }
}

const endsOf = (list: unknown): End[] =>
  (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    const { at, sessionId } = (item ?? {}) as { at?: unknown; sessionId?: unknown }
    if (typeof at !== 'number' || !Number.isFinite(at)) return []
    return [{ at, ...(typeof sessionId === 'string' && { sessionId }) }]
  })

const isOfSession = (end: End): end is Required<End> => end.sessionId !== undefined
