/** Convergence: applies facts to the stored rows of one session. Independent of the database, see `rows.ts`. */
import type { CopyFact, Fact } from '../../model/facts.ts'
import type { Ingested } from '../../ports/store/ingest.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import { addressedBy } from './addressed.ts'
import { learnAliases } from './aliases.ts'
import { applyMark } from './apply-mark.ts'
import { type Arrive, applyMessage } from './apply-message.ts'
import { applyClear, applyState } from './apply-state.ts'
import { keysOf } from './authors.ts'
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
/** Facts about known people. */
type Told = Exclude<CopyFact, Alias>

export interface ConvergeOptions {
  /** Epoch milliseconds. */
  now: number
  /** Creates ids for messages. */
  newId: (now: number) => string
  /** Decrypts content with the secrets of messages; absent = such content waits for a process that has a reader. */
  sealedReader: SealedReader | undefined
}

/** The result of one commit. */
export interface Stored extends Omit<Ingested, 'events'> {
  /** False when another commit is needed. */
  isWhole: boolean
  changes: Pick<Changes, 'list' | 'unsaid'>
}

/** A batch of facts, stored in one or more commits. */
export interface Convergence {
  /** True when none of the facts can be stored. */
  readonly isEmpty: boolean
  /**
   * Does as much as one commit should. After a rollback it can be run again, with the same result.
   * @throws Fenced · SessionGone
   */
  run(rows: Rows): Promise<Stored>
}

/** @param facts in order */
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
      // For the check of the owner; its messages are counted when they are stored.
      if (aliases.length > 0 || clears.length > 0) await rows.countArrivals(0)
      // Aliases first, so that the facts that follow need no merge.
      if (!(await learnAliases(rows, aliases, better, progress, changes))) return piece
      if (!(await clearSome(rows, clears))) return piece
      const { arrived, hasSealed } = await rows.countArrivals(arriving)
      const telling = { ...createTelling(rows, options, changes, arrived - arriving), hasSealed }
      let messages = await storeSlices(telling, others)
      if (better.size > 0) messages += await openWaiting(telling, await rows.sealedOf([...better]))
      const { unopened } = telling
      return { isWhole: true, messages, ...(unopened > 0 && { unopened }), changes }
    },
  }
}

/** The state of one run. */
interface Telling {
  rows: Rows
  changes: Changes
  options: ConvergeOptions
  /** How many contents of this run wait for their message. */
  unopened: number
  /** Whether contents may wait for a message: none are looked for otherwise. */
  hasSealed: boolean
  /** The position of decrypted content is that of its carrier. */
  places: Map<Fact, number>
  nextSeq: () => number
  arrive: Arrive
}

/** @param arrived how many messages had arrived before */
function createTelling(
  rows: Rows,
  options: ConvergeOptions,
  changes: Changes,
  arrived: number,
): Omit<Telling, 'hasSealed'> {
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

/** Loads the rows that the facts concern, applies the facts in memory, and saves what changed. */
async function storeSlice(telling: Telling, facts: Told[]): Promise<number> {
  const { rows, changes, arrive, nextSeq } = telling
  const directory = await openDirectory(rows, addressedBy(facts))
  const book = await openBook(rows, keysOfAll(directory, facts))
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
  if (telling.hasSealed) messages += await openWaiting(telling, await waitingFor(rows, changed))
  return messages + (await openAll(telling, sealed))
}

const keysOfAll = (directory: Directory, facts: Told[]) =>
  facts.flatMap((fact) => (fact.kind === 'message' || 'target' in fact ? keysOf(directory, fact) : []))

/** Row numbers of encrypted contents whose message has arrived or was deleted. */
async function waitingFor(rows: Rows, changed: ChangedEntry[]): Promise<number[]> {
  const told = changed.filter(hasComeOrGone)
  if (told.length === 0) return []
  const targets = new Map(told.map(({ entry: { peerId, waId } }) => [`${peerId} ${waId}`, { peerId, waId }]))
  return (await rows.sealedUnder([...targets.values()])).map(({ id }) => id)
}

async function openWaiting(telling: Telling, ids: number[]): Promise<number> {
  return ids.length === 0 ? 0 : openAll(telling, await telling.rows.sealed(ids))
}

/** Stores what was decrypted. It may be a message whose secret decrypts other content. */
async function openAll(telling: Telling, sealed: Sealed[]): Promise<number> {
  if (sealed.length === 0) return 0
  const { now, sealedReader } = telling.options
  const { facts, waiting, polls } = await openSealed(telling.rows, sealed, sealedReader)
  telling.unopened += waiting
  telling.hasSealed ||= waiting > 0
  const told = facts.flatMap(({ fact, seq }) => {
    const cleaned = clean(fact, now)
    if (cleaned === undefined || cleaned.kind === 'alias') return []
    telling.places.set(cleaned, seq)
    return [cleaned]
  })
  const messages = await storeSlices(telling, told)
  if (polls.length === 0 || !telling.hasSealed) return messages
  const again = await telling.rows.sealedUnder(polls)
  return messages + (await openWaiting(telling, [...new Set(again.map(({ id }) => id))]))
}
