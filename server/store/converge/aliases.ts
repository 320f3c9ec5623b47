import type { Fact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import { type ChangedEntry, openBook } from './book.ts'
import { pieceSize, sliceSize } from './bounds.ts'
import type { Changes } from './changes.ts'
import { mergePeers } from './merge.ts'
import { mergePiece, type Progress } from './merge-piece.ts'
import type { Rows } from './rows.ts'

type Alias = Extract<Fact, { kind: 'alias' }>

/** What an alias changes: of two people it makes one, or gives one an address. */
type Step = { alias: Alias; winner: number } & ({ loser: number } | { jid: Jid })

/**
 * Makes one person of two addresses, for each pair, as far as one commit should: what was stored of them as two people becomes
 * one, of two long chats a piece, of many people some.
 * @param better the people who have got an address are added
 * @param progress of this call's aliases; the same object each time
 * @param changes what was told live is added
 * @returns true when no pair is left
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

/** What has been learnt in this commit. */
interface Learnt {
  /** People who have an address more than before; some may be merged into others since. */
  touched: Set<number>
  /** Those into whom others were merged; true = it was told live. */
  merged: Map<number, boolean>
}

/** @returns false when a step is left that this commit should not hold, or holds a part of */
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
      // One at least, or there would be no end.
      isWhole = left !== undefined && (messages === 0 || messages + left <= pieceSize.merge)
      if (!isWhole) break
      messages += left ?? 0
      await addAddresses()
      await mergePeers(rows, step.winner, step.loser, noting)
      // Of these two: others may have written in the same groups.
      progress.reached.clear()
      merged.set(step.winner, noting.live || merged.get(step.winner) === true)
    } else addresses.push({ jid: step.jid, peerId: step.winner })
    touched.add(step.winner)
    if (!step.alias.history) changes.chat(step.winner)
  }
  await addAddresses()
  return isWhole
}

/** An edit from one address may have waited for a message from the other. @returns such messages */
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

/** Addresses of people who are known under neither. */
const strangersOf = (aliases: Alias[], peerOf: Map<Jid, number>): Jid[] => [
  ...new Set(aliases.filter(({ lid, pn }) => !peerOf.has(pn) && !peerOf.has(lid)).map(({ pn }) => pn)),
]

/**
 * What each alias changes, those of it that change something.
 * @param peerOf whom the addresses belong to; changed as the aliases say
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
