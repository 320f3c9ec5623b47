import type { Fact, SealedFact } from '../../model/facts.ts'
import type { Jid } from '../../model/jid.ts'
import type { SealedReader } from '../../ports/store/sealed.ts'
import type { Sealer } from '../seal.ts'
import { bounded, type Connection } from './connection.ts'
import type { Raws } from './raws.ts'

/** Something sealed, and where its message is to be looked for. */
export interface Candidate {
  fact: SealedFact
  /** Its place among what arrived, for the message that it may turn out to be. */
  seq: number
  /** The chat's peer. */
  peerId: number
  /** Address that it came from, and whose that is; 0 for own ones, and in direct chats. */
  sender: number
  senderPeer: number
  /** Its row, when it has waited. */
  waiting?: number
}

export interface Opened {
  /** What came of those that opened, each with the place of what it came from. */
  facts: { fact: Fact; seq: number }[]
  /** How many new ones wait from now on. */
  waiting: number
}

/** Content that is sealed under messages: opened when they are there, kept until then. */
export interface Sealeds {
  /** What has waited for the messages of these people, or from them: other addresses may be tried now. Row numbers. */
  waitingOf(db: Connection, sessionId: string, peerIds: Iterable<number>): Promise<number[]>
  load(db: Connection, sessionId: string, ids: number[]): Promise<Candidate[]>
  open(db: Connection, sessionId: string, candidates: Candidate[]): Promise<Opened>
}

/**
 * Rows of one session: what opens one day, and what no version opens yet. The oldest give way, first of all those of the same
 * chat: nobody can push out what others wait for. All that waits for one message is tried in one go when it comes.
 */
const most = { tried: 1_000, untried: 10_000, ofChat: 200, ofTarget: 20, bytes: 16 * 1024 * 1024 }

/** How many of one session are added before they are counted again. */
const countedEach = 50

/** Messages under one id of one chat, by several people; addresses of one person. Each pair of addresses is a try. */
const mostTargets = 4
const mostAddresses = 3

const selectOfPeers = `
  WITH peer AS MATERIALIZED (SELECT value AS id FROM json_each(?))
  SELECT id FROM sealed_waiting
  WHERE session_id = ? AND tried = 1 AND (
    peer_id IN (SELECT id FROM peer)
    OR sender IN (SELECT a.id FROM peer p CROSS JOIN addresses a ON a.peer_id = p.id)
  )
  ORDER BY id DESC LIMIT ${most.ofChat}`

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
  LIMIT ${mostTargets}`

const selectAddresses = `SELECT jid FROM addresses WHERE peer_id = ? ORDER BY id DESC LIMIT ${mostAddresses}`

const insertWaiting = `
  INSERT INTO sealed_waiting (session_id, peer_id, wa_id, carrier_id, from_me, sender, tried, fact)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`

const deleteWaiting = 'DELETE FROM sealed_waiting WHERE id IN (SELECT value FROM json_each(?))'

const forgetOfTarget = `
  DELETE FROM sealed_waiting WHERE peer_id = ?1 AND wa_id = ?2 AND tried = 1 AND id <= (
    SELECT id FROM sealed_waiting WHERE peer_id = ?1 AND wa_id = ?2 AND tried = 1 ORDER BY id DESC LIMIT 1 OFFSET ${most.ofTarget}
  )`

const forgetOldest = `
  DELETE FROM sealed_waiting WHERE id IN (
    SELECT id FROM (
      SELECT id, tried, row_number() OVER newest AS number, sum(length(fact)) OVER newest AS bytes,
        row_number() OVER (PARTITION BY peer_id ORDER BY id DESC) AS ofChat
      FROM sealed_waiting
      WHERE session_id = ? AND tried = ?
      WINDOW newest AS (ORDER BY id DESC)
    ) WHERE number > ${bounded} OR bytes > ${most.bytes} OR (tried = 1 AND ofChat > ${most.ofChat})
  )`

interface Target {
  id: string
  fromMe: number
  deleted: number
  raw: number | null
  authorPeer: number
}

interface Row extends Omit<Candidate, 'fact' | 'seq' | 'waiting'> {
  id: number
  carrierId: string
  fact: Buffer
}

/** What this version opens; the others are kept for one that does. */
const isTried = ({ holds }: SealedFact) => holds !== 'vote' && holds !== 'poll_option'

/** An edit is its author's alone. */
const isEdit = ({ holds }: SealedFact) => holds === 'edit' || holds === 'event_edit' || holds === 'poll_edit'

/** @param reader absent = nothing is opened; nor is anything kept without `sealer` */
export function createSealeds(raws: Raws, sealer: Sealer | undefined, reader: SealedReader | undefined): Sealeds {
  return {
    async waitingOf(db, sessionId, peerIds) {
      const rows = await db.all<{ id: number }>(selectOfPeers, JSON.stringify([...peerIds]), sessionId)
      return rows.map(({ id }) => id)
    },

    async load(db, sessionId, ids) {
      const rows = ids.length === 0 ? [] : await db.all<Row>(selectWaiting, JSON.stringify(ids))
      return rows.flatMap(({ id, carrierId, fact, ...where }) => {
        const read = unsealed(sealer, sessionId, carrierId, fact)
        return read === undefined ? [] : [{ ...where, ...read, waiting: id }]
      })
    },

    async open(db, sessionId, candidates) {
      const opened: Opened = { facts: [], waiting: 0 }
      const settled: number[] = []
      const kept: Candidate[] = []
      const search = createSearch(db, sessionId, raws, reader)
      for (const candidate of candidates) {
        const found = isTried(candidate.fact) ? await search(candidate) : undefined
        if (found === undefined) kept.push(candidate)
        else if (candidate.waiting !== undefined) settled.push(candidate.waiting)
        for (const fact of found ?? []) opened.facts.push({ fact, seq: candidate.seq })
      }
      if (settled.length > 0) await db.all(deleteWaiting, JSON.stringify(settled))
      const fresh = kept.filter(({ waiting }) => waiting === undefined)
      if (sealer !== undefined && fresh.length > 0) await keep(db, sessionId, sealer, fresh)
      opened.waiting = fresh.filter(({ fact }) => isTried(fact)).length
      return opened
    },
  }
}

/** Looks for what a candidate is sealed under. What is read of messages and people is read once for all of them. */
const createSearch = (db: Connection, sessionId: string, raws: Raws, reader: SealedReader | undefined) => {
  const once = <T>(read: (...key: [number, string?]) => Promise<T>) => {
    const known = new Map<string, Promise<T>>()
    return (...key: [number, string?]): Promise<T> => {
      const name = key.join(' ')
      const found = known.get(name) ?? read(...key)
      known.set(name, found)
      return found
    }
  }

  const targetsOf = once((peerId, waId = '') => db.all<Target>(selectTargets, waId, peerId))
  const secretOf = once(async (raw, messageId = '') => {
    const bytes = await raws.read(db, sessionId, messageId, raw)
    return bytes && reader?.secretOf(bytes)
  })
  const addressesOf = once(async (peerId) =>
    (await db.all<{ jid: Jid }>(selectAddresses, peerId)).map(({ jid }) => jid),
  )

  /** Facts; none when the message was deleted, and its secret with it; undefined when it does not open yet. */
  return async ({ fact, peerId, senderPeer }: Candidate): Promise<Fact[] | undefined> => {
    const { carrier, own, author } = fact
    const by = carrier.fromMe ? 0 : senderPeer || peerId
    const senders = carrier.fromMe ? own : await addressesOf(by)
    const targets = await targetsOf(peerId, fact.targetId)
    const fitting = targets.filter(({ fromMe, authorPeer }) => !isEdit(fact) || (fromMe ? 0 : authorPeer) === by)
    for (const { id, raw, fromMe, authorPeer } of fitting) {
      const secret = raw === null ? undefined : await secretOf(raw, id)
      if (secret === undefined) continue
      const known = fromMe ? own : await addressesOf(authorPeer)
      const authors = author === undefined ? known : [...new Set([...known, author])]
      const facts = await reader?.open(fact, { secret, authors, senders })
      if (facts !== undefined) return facts
    }
    return fitting.length > 0 && fitting.every(({ deleted }) => deleted !== 0) ? [] : undefined
  }
}

async function keep(db: Connection, sessionId: string, sealer: Sealer, candidates: Candidate[]): Promise<void> {
  for (const { fact, seq, peerId, sender } of candidates) {
    const { carrier, targetId } = fact
    const sealed = sealer.seal(contextOf(sessionId), Buffer.from(textOf(fact, seq)), carrier.id)
    const from = [Number(carrier.fromMe), sender, Number(isTried(fact))]
    const [row] = await db.all<{ id: number }>(insertWaiting, sessionId, peerId, targetId, carrier.id, ...from, sealed)
    if (row === undefined) continue
    if (isTried(fact)) await db.all(forgetOfTarget, peerId, targetId)
    if (row.id % countedEach !== 0) continue
    await db.all(forgetOldest, sessionId, 1, most.tried)
    await db.all(forgetOldest, sessionId, 0, most.untried)
  }
}

const contextOf = (sessionId: string) => `${sessionId}/sealed`

const textOf = ({ iv, payload, secret, ...fact }: SealedFact, seq: number) =>
  JSON.stringify({ fact, seq, bytes: { iv: base64(iv), payload: base64(payload), secret: secret && base64(secret) } })

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** Undefined for what does not open: it is as good as never kept. */
const unsealed = (
  sealer: Sealer | undefined,
  sessionId: string,
  carrierId: string,
  sealed: Buffer,
): Pick<Candidate, 'fact' | 'seq'> | undefined => {
  try {
    if (sealer === undefined) return undefined
    const { fact, seq, bytes } = JSON.parse(sealer.open(contextOf(sessionId), sealed, carrierId).toString())
    const read = Object.entries<string>(bytes).map(([name, text]) => [name, Buffer.from(text, 'base64')])
    return { fact: { ...fact, ...Object.fromEntries(read) }, seq }
  } catch {
    return undefined
  }
}
