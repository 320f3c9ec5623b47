import type { Fact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import { type ChangedEntry, openBook } from './book.ts'
import { pieceSize, sliceSize } from './bounds.ts'
import type { Changes } from './changes.ts'
import { mergePeers } from './merge.ts'
import { mergePiece, type Progress } from './merge-piece.ts'
import type { Rows } from './rows.ts'

type Alias = Extract<Fact, { kind: 'alias' }>

/** Applies an alias: merges two people, or adds an address to one. */
type Step = { alias: Alias; winner: number } & ({ loser: number } | { jid: Jid })

/**
 * Merges the two addresses of each pair into one person, as much as one commit should: long chats in pieces, many people in batches.
 * @param better gets the people who have a new address
 * @param progress of this call's aliases; the same object each time
 * @param changes gets the changes that came live
 * @returns true when all pairs are done
 */
export async function learnAliases(
  rows: Rows,
  aliases: Alias[],
  better: Set<number>,
  progress: Progress,
  changes: Changes,
): Promise<boolean> {
  if (aliases.length === 0) return true
  const peerOf = await peersOf(rows, aliases)
  const strangers = strangersOf(aliases, peerOf)
  if (strangers.length > 0) for (const { jid, peerId } of await rows.addPeers(strangers)) peerOf.set(jid, peerId)
  const learnt: Learnt = { touched: new Set(), merged: new Map() }
  const isWhole = await learnSteps(rows, united(aliases, peerOf), learnt, progress, changes)
  if (learnt.touched.size > 0) await rows.showNewestAddresses([...learnt.touched])
  for (const live of [true, false]) {
    const merged = [...learnt.merged].flatMap(([peerId, wasLive]) => (wasLive === live ? [peerId] : []))
    if (merged.length > 0) changes.messages(await joinWaiting(rows, merged, live))
  }
  for (const peerId of learnt.touched) better.add(peerId)
  return isWhole
}

interface Address {
  jid: Jid
  peerId: number
}

/** What this commit has merged so far. */
interface Learnt {
  /** People with an additional address; some may have been merged into others since. */
  touched: Set<number>
  /** People into whom others were merged; true = the alias came live. */
  merged: Map<number, boolean>
}

/** @returns false when work is left for another commit */
async function learnSteps(
  rows: Rows,
  steps: Iterable<Step>,
  { touched, merged }: Learnt,
  progress: Progress,
  changes: Changes,
): Promise<boolean> {
  let messages = 0
  let addresses: Address[] = []
  const addAddresses = async () => {
    if (addresses.length > 0) await rows.addAddresses(addresses)
    addresses = []
  }
  let isWhole = true
  for (const step of steps) {
    if ('loser' in step) {
      const noting = { changes, live: !step.alias.history }
      const left = await mergePiece(rows, step.winner, step.loser, progress, noting)
      // At least one, so that each commit makes progress.
      isWhole = left !== undefined && (messages === 0 || messages + left <= pieceSize.merge)
      if (!isWhole) break
      messages += left ?? 0
      await addAddresses()
      await mergePeers(rows, step.winner, step.loser, noting)
      // Only of these two: others may have written in the same groups.
      progress.reached.clear()
      merged.set(step.winner, noting.live || merged.get(step.winner) === true)
    } else addresses.push({ jid: step.jid, peerId: step.winner })
    touched.add(step.winner)
    if (!step.alias.history) changes.chat(step.winner)
  }
  await addAddresses()
  return isWhole
}

/** Joins marks from one address with messages from the other, for which they waited. @returns these messages */
async function joinWaiting(rows: Rows, peerIds: number[], live: boolean): Promise<ChangedEntry[]> {
  const keys = await rows.waitingOf(peerIds)
  const changed: ChangedEntry[] = []
  for (let start = 0; start < keys.length; start += sliceSize) {
    const book = await openBook(rows, keys.slice(start, start + sliceSize))
    for (const entry of book.entries()) entry.live = live
    changed.push(...(await book.save()))
  }
  return changed
}

async function peersOf(rows: Rows, aliases: Alias[]): Promise<Map<Jid, number>> {
  const jids = [...new Set(aliases.flatMap(({ lid, pn }) => [pn, lid]))]
  return new Map((await rows.addresses(jids)).map(({ jid, peer }) => [jid, peer.id]))
}

/** Addresses that are both unknown. */
const strangersOf = (aliases: Alias[], peerOf: Map<Jid, number>): Jid[] => [
  ...new Set(aliases.filter(({ lid, pn }) => !peerOf.has(pn) && !peerOf.has(lid)).map(({ pn }) => pn)),
]

/**
 * The effect of each alias that changes something.
 * @param peerOf the peer of each address; updated by the aliases
 */
function* united(aliases: Alias[], peerOf: Map<Jid, number>): Generator<Step> {
  for (const alias of aliases) {
    const { lid, pn } = alias
    const [ofPn, ofLid] = [peerOf.get(pn), peerOf.get(lid)]
    if (ofPn !== undefined && ofLid !== undefined) {
      if (ofPn === ofLid) continue
      for (const [jid, peer] of peerOf) if (peer === ofLid) peerOf.set(jid, ofPn)
      yield { winner: ofPn, loser: ofLid, alias }
      continue
    }
    const winner = ofPn ?? ofLid
    if (winner === undefined) continue
    const jid = ofPn === undefined ? pn : lid
    peerOf.set(jid, winner)
    yield { winner, jid, alias }
  }
}
