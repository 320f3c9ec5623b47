/** What facts make of what is stored. Knows no database: it works on the rows of one session, see `rows.ts`. */
import type { Fact } from '../../model/facts.ts'
import { SessionGone } from '../../ports/store/errors.ts'
import type { Ingested } from '../../ports/store/ingest.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import { addressedBy } from './addressed.ts'
import { learnAliases } from './aliases.ts'
import { applyMark } from './apply-mark.ts'
import { type Arrive, applyMessage } from './apply-message.ts'
import { applyClear, applyState } from './apply-state.ts'
import { keyOf } from './authors.ts'
import { type ChangedEntry, hasComeOrGone, openBook } from './book.ts'
import { sliceSize } from './bounds.ts'
import { type Changes, createChanges } from './changes.ts'
import { clean } from './clean.ts'
import { clearChat, clearSome } from './clear.ts'
import { type Directory, openDirectory } from './directory.ts'
import { noProgress } from './merge-piece.ts'
import type { Chat, Rows, Sealed } from './rows.ts'
import { openSealed, sealedIn } from './sealed.ts'

type Alias = Extract<Fact, { kind: 'alias' }>
/** What is told of people who are known. */
type Told = Exclude<Fact, Alias>

export interface ConvergeOptions {
  /** Epoch milliseconds. */
  now: number
  /** Makes ids of messages. */
  newId: (now: number) => string
  /** Opens what is sealed under messages; absent = it waits for a process that has one. */
  sealedReader: SealedReader | undefined
}

/** What one commit has stored. */
export interface Stored extends Omit<Ingested, 'events'> {
  /** False when there is more to do, in another commit. */
  isWhole: boolean
  changes: Pick<Changes, 'list' | 'unsaid'>
}

/** Facts that are stored together, in as many commits as it takes. */
export interface Convergence {
  /** True when none of the facts says anything that can be stored. */
  readonly isEmpty: boolean
  /**
   * As much as one commit should hold. Run again after a commit that was undone, it does the same again.
   * @throws SessionGone
   */
  run(rows: Rows): Promise<Stored>
}

/** @param facts in the order in which they were told */
export function createConvergence(facts: Fact[], options: ConvergeOptions): Convergence {
  const told = facts.flatMap((fact) => clean(fact, options.now) ?? [])
  const aliases = told.filter((fact) => fact.kind === 'alias')
  const others = told.filter((fact) => fact.kind !== 'alias')
  const clears = others.filter((fact) => fact.kind === 'clear')
  const arriving = others.filter(({ kind }) => kind === 'message' || kind === 'sealed').length
  const better = new Set<number>()
  const progress = noProgress()

  return {
    isEmpty: told.length === 0,

    async run(rows) {
      const changes = createChanges()
      const piece = { isWhole: false, messages: 0, changes }
      // Who is who comes first: then nothing that follows has to be merged.
      if (!(await learnAliases(rows, aliases, better, progress, changes))) return piece
      if (!(await clearSome(rows, clears))) return piece
      const arrived = await rows.countArrivals(arriving)
      if (arrived === undefined) throw new SessionGone()
      const telling = createTelling(rows, options, changes, arrived - arriving)
      let messages = await storeSlices(telling, others)
      if (better.size > 0) messages += await openWaiting(telling, await rows.sealedOf([...better]))
      const { unopened } = telling
      return { isWhole: true, messages, ...(unopened > 0 && { unopened }), changes }
    },
  }
}

/** One run. */
interface Telling {
  rows: Rows
  changes: Changes
  options: ConvergeOptions
  /** Contents that wait since this run. */
  unopened: number
  /** Of what came sealed: its place is that of what it came in. */
  places: Map<Fact, number>
  nextSeq: () => number
  arrive: Arrive
}

/** @param arrived messages that had arrived before */
function createTelling(rows: Rows, options: ConvergeOptions, changes: Changes, arrived: number): Telling {
  const { now, newId } = options
  const places = new Map<Fact, number>()
  let seq = arrived
  const nextSeq = () => {
    seq += 1
    return seq
  }
  const arrive: Arrive = (fact) => ({ seq: places.get(fact) ?? nextSeq(), id: newId(now), createdAt: now })
  return { rows, changes, options, unopened: 0, places, nextSeq, arrive }
}

/** @returns how many messages are new */
async function storeSlices(telling: Telling, facts: Told[]): Promise<number> {
  let messages = 0
  for (let start = 0; start < facts.length; start += sliceSize)
    messages += await storeSlice(telling, facts.slice(start, start + sliceSize))
  return messages
}

/** Loads what is stored of everything that the facts touch, applies them in memory, saves what changed. */
async function storeSlice(telling: Telling, facts: Told[]): Promise<number> {
  const { rows, changes, arrive, nextSeq } = telling
  const directory = await openDirectory(rows, addressedBy(facts))
  const book = await openBook(rows, keysOf(directory, facts))
  let messages = 0
  const sealed: Sealed[] = []
  const cleared = new Set<Chat>()
  for (const fact of facts) {
    if (fact.kind === 'message') messages += Number(applyMessage({ directory, book, changes }, fact, arrive))
    else if (fact.kind === 'sealed') sealed.push(...sealedIn(directory, fact, nextSeq()))
    else if ('target' in fact) applyMark(directory, book, fact)
    else if (fact.kind === 'clear') applyClear(directory, fact, cleared)
    else applyState({ directory, changes }, fact)
  }
  const changed = await book.save()
  changes.messages(changed)
  for (const chat of cleared) {
    const { unread } = chat
    await clearChat(rows, chat)
    if (chat.unread !== unread) changes.chat(chat.peerId)
  }
  await directory.save()
  messages += await openWaiting(telling, await waitingFor(rows, changed))
  return messages + (await openAll(telling, sealed))
}

const keysOf = (directory: Directory, facts: Told[]) =>
  facts.flatMap((fact) => (fact.kind === 'message' || 'target' in fact ? (keyOf(directory, fact) ?? []) : []))

/** What was sealed under messages that have come, or gone. Row numbers. */
async function waitingFor(rows: Rows, changed: ChangedEntry[]): Promise<number[]> {
  const told = changed.filter(hasComeOrGone)
  if (told.length === 0) return []
  const targets = new Map(told.map(({ entry: { peerId, waId } }) => [`${peerId} ${waId}`, { peerId, waId }]))
  return (await rows.sealedUnder([...targets.values()])).map(({ id }) => id)
}

async function openWaiting(telling: Telling, ids: number[]): Promise<number> {
  return ids.length === 0 ? 0 : openAll(telling, await telling.rows.sealed(ids))
}

/** Stores what opens: it may itself be what something else is sealed under. */
async function openAll(telling: Telling, sealed: Sealed[]): Promise<number> {
  if (sealed.length === 0) return 0
  const { now, sealedReader } = telling.options
  const { facts, waiting } = await openSealed(telling.rows, sealed, sealedReader)
  telling.unopened += waiting
  const told = facts.flatMap(({ fact, seq }) => {
    const cleaned = clean(fact, now)
    if (cleaned === undefined || cleaned.kind === 'alias') return []
    telling.places.set(cleaned, seq)
    return [cleaned]
  })
  return storeSlices(telling, told)
}
