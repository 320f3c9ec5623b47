import type { Fact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import { type ChangedEntry, openBook } from './book.ts'
import { pieceSize, sliceSize } from './bounds.ts'
import type { Changes } from './changes.ts'
import { mergePeers } from './merge.ts'
import { mergePiece, type Progress } from './merge-piece.ts'
import type { Rows } from './rows.ts'

type Alias = Extract<Fact, { kind: 'alias' }>

interface Merge {
  winner: number
  loser: number
  alias: Alias
}

/**
 * Makes one person of two addresses, for each pair; what was stored of them as two people becomes one.
 * @param changes what was told live is added
 * @returns the people who have an address more than before
 */
export async function learnAliases(rows: Rows, aliases: Alias[], changes: Changes): Promise<Set<number>> {
  if (aliases.length === 0) return new Set()
  const peerOf = await peersOf(rows, aliases)
  const strangers = strangersOf(aliases, peerOf)
  if (strangers.length > 0) for (const { jid, peerId } of await rows.addPeers(strangers)) peerOf.set(jid, peerId)
  const addresses: { jid: Jid; peerId: number }[] = []
  const touched = new Set<number>()
  const merges: Merge[] = []
  for (const step of united(aliases, peerOf)) {
    touched.add(step.winner)
    if (!step.alias.history) changes.chat(step.winner)
    if ('loser' in step) merges.push(step)
    else addresses.push({ jid: step.jid, peerId: step.winner })
  }

  if (addresses.length > 0) await rows.addAddresses(addresses)
  for (const { winner, loser } of merges) await mergePeers(rows, winner, loser, changes)
  if (touched.size > 0) await rows.showNewestAddresses([...touched])
  if (merges.length > 0) changes.messages(await joinWaiting(rows, [...new Set(merges.map(({ winner }) => winner))]))
  return touched
}

/** An edit from one address may have waited for a message from the other. @returns such messages */
async function joinWaiting(rows: Rows, peerIds: number[]): Promise<ChangedEntry[]> {
  const keys = await rows.waitingOf(peerIds)
  const changed: ChangedEntry[] = []
  for (let start = 0; start < keys.length; start += sliceSize) {
    const book = await openBook(rows, keys.slice(start, start + sliceSize))
    for (const entry of book.entries()) entry.live = true
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
function* united(
  aliases: Alias[],
  peerOf: Map<Jid, number>,
): Generator<Merge | { winner: number; jid: Jid; alias: Alias }> {
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

/**
 * Makes one person of two addresses as far as one commit should: of two long chats a piece, of many people some.
 * @param better the people who have got an address are added
 * @param progress of this call's aliases; the same object each time
 * @param changes as above
 * @returns true when nobody is left who has to be merged
 */
export async function mergeSome(
  rows: Rows,
  aliases: Alias[],
  better: Set<number>,
  progress: Progress,
  changes: Changes,
): Promise<boolean> {
  let messages = 0
  while (aliases.length > 0) {
    const next = await firstMerge(rows, aliases)
    if (next === undefined) break
    const left = await mergePiece(rows, next.winner, next.loser, progress, changes)
    // One at least, or there would be no end.
    if (left === undefined || (messages > 0 && messages + left > pieceSize.merge)) return false
    messages += left
    const known = aliases.slice(0, aliases.indexOf(next.alias) + 1)
    for (const peerId of await learnAliases(rows, known, changes)) better.add(peerId)
  }
  return true
}

async function firstMerge(rows: Rows, aliases: Alias[]): Promise<Merge | undefined> {
  const peerOf = await peersOf(rows, aliases)
  // They are not stored yet: numbers that nobody has.
  for (const [n, jid] of strangersOf(aliases, peerOf).entries()) peerOf.set(jid, -1 - n)
  for (const step of united(aliases, peerOf)) if ('loser' in step) return step
  return undefined
}
