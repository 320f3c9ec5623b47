import type { Jid } from '../../model/jid.ts'
import type { Connection } from './connection.ts'
import { mergePeers, mergePiece, type Progress, pieceSize } from './merge.ts'
import { openBook } from './messages.ts'
import type { Raws } from './raws.ts'

const selectPeers = `
  SELECT a.jid, a.peer_id AS peerId FROM json_each(?) j CROSS JOIN addresses a ON a.session_id = ? AND a.jid = j.value`

const insertPeers = `
  INSERT INTO peers (session_id, jid) SELECT ?, j.value FROM json_each(?) j
  RETURNING jid, id`

const insertAddresses = `
  INSERT INTO addresses (session_id, jid, peer_id)
  SELECT ?, j.value ->> 0, j.value ->> 1 FROM jsonb_each(?) j`

// The newest address of a kind is the one that counts: a person's number can change.
const describePeers = `
  UPDATE peers SET
    jid = coalesce(
      (SELECT jid FROM addresses WHERE peer_id = peers.id AND jid LIKE '%@s.whatsapp.net' ORDER BY id DESC LIMIT 1),
      jid),
    lid = (SELECT jid FROM addresses WHERE peer_id = peers.id AND jid LIKE '%@lid' ORDER BY id DESC LIMIT 1)
  WHERE id IN (SELECT value FROM json_each(?))`

const selectWaitingOf = `
  SELECT w.peer_id AS peerId, c.id AS chatId, w.wa_id AS waId, w.from_me AS fromMe, w.sender AS address,
    coalesce(a.peer_id, 0) AS author
  FROM waiting w
  JOIN chats c ON c.peer_id = w.peer_id
  LEFT JOIN addresses a ON a.id = w.sender
  WHERE w.session_id = ?1 AND (w.peer_id IN (SELECT value FROM json_each(?2)) OR a.peer_id IN (SELECT value FROM json_each(?2)))`

/** Keys whose state is held in memory at a time. */
const sliceSize = 500

interface Alias {
  lid: Jid
  pn: Jid
}

interface Merge {
  winner: number
  loser: number
  alias: Alias
}

/**
 * Makes one person of two addresses, for each pair; what was stored of them as two people becomes one.
 * @returns the people who have an address more than before
 */
export async function learnAliases(
  db: Connection,
  sessionId: string,
  raws: Raws,
  aliases: Alias[],
): Promise<Set<number>> {
  if (aliases.length === 0) return new Set()
  const peerOf = await peersOf(db, sessionId, aliases)
  const strangers = strangersOf(aliases, peerOf)
  const born =
    strangers.length === 0
      ? []
      : await db.all<{ jid: Jid; id: number }>(insertPeers, sessionId, JSON.stringify(strangers))
  for (const { jid, id } of born) peerOf.set(jid, id)
  const addresses = born.map(({ jid, id }) => [jid, id] as const)
  const touched = new Set<number>()
  const merges: Merge[] = []
  for (const step of united(aliases, peerOf)) {
    touched.add(step.winner)
    if ('loser' in step) merges.push(step)
    else addresses.push([step.jid, step.winner])
  }

  if (addresses.length > 0) await db.all(insertAddresses, sessionId, JSON.stringify(addresses))
  for (const { winner, loser } of merges) await mergePeers(db, sessionId, raws, winner, loser)
  if (touched.size > 0) await db.all(describePeers, JSON.stringify([...touched]))
  if (merges.length === 0) return touched

  // An edit from one address may have waited for a message from the other.
  const waiting = await db.all<Waiting>(selectWaitingOf, sessionId, JSON.stringify(merges.map(({ winner }) => winner)))
  for (let start = 0; start < waiting.length; start += sliceSize) {
    const keys = waiting.slice(start, start + sliceSize).map(({ fromMe, address, author, ...where }) => ({
      ...where,
      author: { fromMe: fromMe === 1, address, peerId: author },
    }))
    await (await openBook(db, sessionId, raws, keys)).save()
  }
  return touched
}

async function peersOf(db: Connection, sessionId: string, aliases: Alias[]): Promise<Map<Jid, number>> {
  const jids = [...new Set(aliases.flatMap(({ lid, pn }) => [pn, lid]))]
  const rows = await db.all<{ jid: Jid; peerId: number }>(selectPeers, JSON.stringify(jids), sessionId)
  return new Map(rows.map(({ jid, peerId }) => [jid, peerId]))
}

/** Addresses of people who are known under neither. */
const strangersOf = (aliases: Alias[], peerOf: Map<Jid, number>): Jid[] => [
  ...new Set(aliases.filter(({ lid, pn }) => !peerOf.has(pn) && !peerOf.has(lid)).map(({ pn }) => pn)),
]

/**
 * What each alias changes, those of it that change something.
 * @param peerOf whom the addresses belong to; changed as the aliases say
 */
function* united(aliases: Alias[], peerOf: Map<Jid, number>): Generator<Merge | { winner: number; jid: Jid }> {
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
    yield { winner, jid }
  }
}

/**
 * Makes one person of two addresses as far as one commit should: of two long chats a piece, of many people some.
 * @param better the people who have got an address are added
 * @param progress of this call's aliases; the same object each time
 * @returns true when nobody is left who has to be merged
 */
export async function mergeSome(
  db: Connection,
  sessionId: string,
  raws: Raws,
  aliases: Alias[],
  better: Set<number>,
  progress: Progress,
): Promise<boolean> {
  let rows = 0
  while (aliases.length > 0) {
    const next = await firstMerge(db, sessionId, aliases)
    if (next === undefined) break
    const left = await mergePiece(db, sessionId, raws, next.winner, next.loser, progress)
    // One at least, or there would be no end.
    if (left === undefined || (rows > 0 && rows + left > pieceSize)) return false
    rows += left
    const known = aliases.slice(0, aliases.indexOf(next.alias) + 1)
    for (const peerId of await learnAliases(db, sessionId, raws, known)) better.add(peerId)
  }
  return true
}

async function firstMerge(db: Connection, sessionId: string, aliases: Alias[]): Promise<Merge | undefined> {
  const peerOf = await peersOf(db, sessionId, aliases)
  // They are not stored yet: numbers that nobody has.
  for (const [n, jid] of strangersOf(aliases, peerOf).entries()) peerOf.set(jid, -1 - n)
  for (const step of united(aliases, peerOf)) if ('loser' in step) return step
  return undefined
}

interface Waiting {
  peerId: number
  chatId: number
  waId: string
  fromMe: number
  address: number
  author: number
}
