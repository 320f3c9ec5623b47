/**
 * Remembers, over the ends of the process, when it was brought to an end and whose work it did last. Three ends within ten minutes
 * are one too many: the next process leaves that session out, so that the others are served.
 *
 * Several nodes: the file is this node's, so a session that another node takes over has to bring its ends along, in the store.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { End } from './end.ts'
import { nameReport, takeMemoryEnds } from './memory-ends.ts'

export interface Ends {
  /** Whether the session is left out. */
  has(sessionId: string): boolean
  /** Takes the session back. */
  release(sessionId: string): void
  /** This session is at work now. Called for all that comes; nothing is written. */
  atWork(sessionId: string): void
  /** Writes down, at once, that the process ends now. Throws nothing. */
  note(): void
  /** Told of each session that has been left out long enough. @returns a function that ends it */
  onBack(listener: (sessionId: string) => void): () => void
}

export interface EndsOptions {
  /** Exists, and is this process's alone. */
  dataDir: string
  clock: () => number
  log: Pick<Logger, 'warn'>
}

const fileName = 'parley.ends'
const minute = 60_000
/** So many of them so close together. */
const tooMany = { ends: 3, withinMs: 10 * minute }
/** A session is left out until there was none for so long; earlier ones are forgotten. */
const quietMs = 60 * minute
/** Kept of either list: the newest. */
const mostKept = 100
const longestFile = 64 * 1024

interface Kept {
  ends: End[]
  /** Sessions that are left out, and when the last end was since then. */
  aside: Required<End>[]
}

/** Reads what is kept, and decides. What can't be read counts as nothing. */
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
      log.warn({ err: error }, 'the ends of the process cannot be written down')
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

/** What holds now, after these ends beside the ones that were written down. */
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
  // The next three are another session's.
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
