import type { Jid } from '../../whatsapp/client.ts'
import type { Connection } from './connection.ts'
import { mergePeers } from './merge.ts'
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

/**
 * Makes one person of two addresses, for each pair; what was stored of them as two people becomes one.
 * @returns the people who have an address more than before
 */
export async function learnAliases(
  db: Connection,
  sessionId: string,
  raws: Raws,
  aliases: { lid: Jid; pn: Jid }[],
): Promise<Set<number>> {
  if (aliases.length === 0) return new Set()
  const jids = [...new Set(aliases.flatMap(({ lid, pn }) => [pn, lid]))]
  const rows = await db.all<{ jid: Jid; peerId: number }>(selectPeers, JSON.stringify(jids), sessionId)
  const peerOf = new Map(rows.map(({ jid, peerId }) => [jid, peerId]))

  const strangers = new Set(aliases.filter(({ lid, pn }) => !peerOf.has(pn) && !peerOf.has(lid)).map(({ pn }) => pn))
  const born =
    strangers.size === 0
      ? []
      : await db.all<{ jid: Jid; id: number }>(insertPeers, sessionId, JSON.stringify([...strangers]))
  for (const { jid, id } of born) peerOf.set(jid, id)
  const addresses = born.map(({ jid, id }) => [jid, id] as const)
  const touched = new Set<number>()
  const merges: [winner: number, loser: number][] = []
  for (const { lid, pn } of aliases) {
    const ofPn = peerOf.get(pn)
    const ofLid = peerOf.get(lid)
    if (ofPn !== undefined && ofLid !== undefined) {
      if (ofPn === ofLid) continue
      merges.push([ofPn, ofLid])
      for (const [jid, peer] of peerOf) if (peer === ofLid) peerOf.set(jid, ofPn)
      touched.add(ofPn)
      continue
    }
    const peer = ofPn ?? ofLid
    if (peer === undefined) continue
    const jid = ofPn === undefined ? pn : lid
    peerOf.set(jid, peer)
    addresses.push([jid, peer])
    touched.add(peer)
  }

  if (addresses.length > 0) await db.all(insertAddresses, sessionId, JSON.stringify(addresses))
  for (const [winner, loser] of merges) await mergePeers(db, sessionId, raws, winner, loser)
  if (touched.size > 0) await db.all(describePeers, JSON.stringify([...touched]))
  if (merges.length === 0) return touched

  // An edit from one address may have waited for a message from the other.
  const waiting = await db.all<Waiting>(selectWaitingOf, sessionId, JSON.stringify(merges.map(([winner]) => winner)))
  for (let start = 0; start < waiting.length; start += sliceSize) {
    const keys = waiting.slice(start, start + sliceSize).map(({ fromMe, address, author, ...where }) => ({
      ...where,
      author: { fromMe: fromMe === 1, address, peerId: author },
    }))
    await (await openBook(db, sessionId, raws, keys)).save()
  }
  return touched
}

interface Waiting {
  peerId: number
  chatId: number
  waId: string
  fromMe: number
  address: number
  author: number
}
