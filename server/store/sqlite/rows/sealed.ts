import type { Jid } from '../../../model/jid.ts'
import { mostSealed } from '../../converge/bounds.ts'
import type { Sealed, SealedRows } from '../../converge/rows.ts'
import type { Sealer } from '../../seal.ts'
import { bounded, type Connection } from '../connection.ts'
import { deletionOf } from './columns.ts'
import { sealFact, unsealFact } from './sealed-fact.ts'

/** How many rows of a session are added before they are counted again. */
const countedEach = 50

export const selectSealed = `
  SELECT s.id, s.peer_id AS peerId, s.wa_id AS waId
  FROM jsonb_each(?) j
  CROSS JOIN sealed_waiting s ON s.peer_id = j.value ->> 0 AND s.wa_id = j.value ->> 1 AND s.tried = 1`

const selectOfPeers = `
  WITH peer AS MATERIALIZED (SELECT value AS id FROM json_each(?))
  SELECT id FROM sealed_waiting
  WHERE session_id = ? AND tried = 1 AND (
    peer_id IN (SELECT id FROM peer)
    OR sender IN (SELECT a.id FROM peer p CROSS JOIN addresses a ON a.peer_id = p.id)
  )
  ORDER BY id DESC LIMIT ${mostSealed.ofChat}`

const selectWaiting = `
  SELECT w.id, w.peer_id AS peerId, w.carrier_id AS carrierId, w.sender, coalesce(a.peer_id, 0) AS senderPeer, w.fact
  FROM json_each(?) j
  CROSS JOIN sealed_waiting w ON w.id = j.value
  LEFT JOIN addresses a ON a.id = w.sender`

export const selectTargets = `
  SELECT m.id, m.from_me AS fromMe, m.deleted, m.raw, coalesce(a.peer_id, c.peer_id) AS authorPeer
  FROM chats c
  CROSS JOIN messages m INDEXED BY messages_by_wa_id ON m.chat_id = c.id AND m.wa_id = ?
  LEFT JOIN addresses a ON a.id = m.sender
  WHERE c.peer_id = ?
  LIMIT ${mostSealed.messagesTried}`

const selectAddresses = `SELECT jid FROM addresses WHERE peer_id = ? ORDER BY id DESC LIMIT ${mostSealed.addressesTried}`

const insertWaiting = `
  INSERT INTO sealed_waiting (session_id, peer_id, wa_id, carrier_id, from_me, sender, tried, fact)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`

const deleteWaiting = 'DELETE FROM sealed_waiting WHERE id IN (SELECT value FROM json_each(?))'

const forgetOfTarget = `
  DELETE FROM sealed_waiting WHERE peer_id = ?1 AND wa_id = ?2 AND tried = 1 AND id <= (
    SELECT id FROM sealed_waiting WHERE peer_id = ?1 AND wa_id = ?2 AND tried = 1
    ORDER BY id DESC LIMIT 1 OFFSET ${mostSealed.ofTarget}
  )`

const forgetOldest = `
  DELETE FROM sealed_waiting WHERE id IN (
    SELECT id FROM (
      SELECT id, tried, row_number() OVER newest AS number, sum(length(fact)) OVER newest AS bytes,
        row_number() OVER (PARTITION BY peer_id ORDER BY id DESC) AS ofChat
      FROM sealed_waiting
      WHERE session_id = ? AND tried = ?
      WINDOW newest AS (ORDER BY id DESC)
    ) WHERE number > ${bounded} OR bytes > ${mostSealed.bytes} OR (tried = 1 AND ofChat > ${mostSealed.ofChat})
  )`

interface WaitingColumns {
  id: number
  peerId: number
  carrierId: string
  sender: number
  senderPeer: number
  fact: Buffer
}

interface TargetColumns {
  id: string
  fromMe: number
  deleted: number
  raw: number | null
  authorPeer: number
}

/** @param sealer absent = nothing is stored */
export const createSealedRows = (db: Connection, sessionId: string, sealer: Sealer | undefined): SealedRows => ({
  sealedUnder: (targets) => db.all(selectSealed, JSON.stringify(targets.map(({ peerId, waId }) => [peerId, waId]))),

  async sealedOf(peerIds) {
    const rows = await db.all<{ id: number }>(selectOfPeers, JSON.stringify(peerIds), sessionId)
    return rows.map(({ id }) => id)
  },

  async sealed(ids) {
    const rows = await db.all<WaitingColumns>(selectWaiting, JSON.stringify(ids))
    return rows.flatMap(({ id, carrierId, fact, peerId, sender, senderPeer }) => {
      const read = unsealFact(sealer, sessionId, carrierId, fact)
      return read === undefined ? [] : [{ peerId, sender, senderPeer, ...read, waiting: id }]
    })
  },

  async saveSealed(all) {
    if (sealer === undefined) return
    for (const one of all) {
      const id = await insert(db, sessionId, sealer, one)
      if (id === undefined) continue
      if (one.tried) await db.all(forgetOfTarget, one.peerId, one.fact.targetId)
      if (id % countedEach !== 0) continue
      await db.all(forgetOldest, sessionId, 1, mostSealed.tried)
      await db.all(forgetOldest, sessionId, 0, mostSealed.untried)
    }
  },

  async deleteSealed(ids) {
    await db.all(deleteWaiting, JSON.stringify(ids))
  },

  async sealingMessages(peerId, waId) {
    const rows = await db.all<TargetColumns>(selectTargets, waId, peerId)
    return rows.map(({ id, fromMe, deleted, raw, authorPeer }) => ({
      id,
      fromMe: fromMe === 1,
      deletion: deletionOf(deleted),
      raw,
      authorPeer,
    }))
  },

  async newestAddresses(peerId) {
    return (await db.all<{ jid: Jid }>(selectAddresses, peerId)).map(({ jid }) => jid)
  },
})

/** @returns its row number; undefined when it is stored already */
async function insert(
  db: Connection,
  sessionId: string,
  sealer: Sealer,
  one: Sealed & { tried: boolean },
): Promise<number | undefined> {
  const { carrier, targetId } = one.fact
  const from = [Number(carrier.fromMe), one.sender, Number(one.tried)]
  const sealed = sealFact(sealer, sessionId, one)
  const [row] = await db.all<{ id: number }>(
    insertWaiting,
    sessionId,
    one.peerId,
    targetId,
    carrier.id,
    ...from,
    sealed,
  )
  return row?.id
}
