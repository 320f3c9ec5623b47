/** SQL that renders members of a message `m` that need other rows, see `messageJoins`: each is NULL when there is nothing to show. */
import { maxQuotedLength } from '../../model/message.ts'

/**
 * The newest of what each person said, in a column of sayings. Two addresses may have turned out to be one person since.
 * @param isSaid whether a `value` was not taken back
 */
const sayings = (column: string, isSaid: string) => `
  SELECT address, jid, at, value FROM (
    SELECT j.value ->> 0 AS address, q.jid, max(j.value ->> 1) AS at, j.value ->> 2 AS value
    FROM json_each(${column}) j
    LEFT JOIN addresses b ON b.id = j.value ->> 0
    LEFT JOIN peers q ON q.id = b.peer_id
    WHERE j.value ->> 0 = 0 OR q.id IS NOT NULL
    GROUP BY coalesce(b.peer_id, 0)
  ) WHERE ${isSaid} ORDER BY at, address`

/** The members of a saying that tell whose it is, and when. */
export const saidBy = (jid: string, at: string) => `
  iif(${jid} IS NULL, ',"fromMe":true', concat(',"senderJid":', json_quote(${jid}), ',"fromMe":false')), ',"timestamp":', ${at}`

const reaction = `concat('{"emoji":', json_quote(value), ${saidBy('jid', 'at')}, '}')`

export const reactions = `
  iif(m.reactions IS NULL, NULL, (
    SELECT ',"reactions":[' || group_concat(${reaction}) || ']' FROM (${sayings('m.reactions', "value <> ''")})
  ))`

/** Keys of options that the poll does not have are not shown. */
const votes = `
  SELECT v.jid, v.at, (
      SELECT group_concat(json_quote(m.poll ->> ('$.options.' || k.value))) FROM json_each(v.value) k
      WHERE m.poll ->> ('$.options.' || k.value) IS NOT NULL
    ) AS names
  FROM (${sayings('m.votes', "value <> '[]'")}) v`

const vote = `concat('{"options":[', names, ']', ${saidBy('jid', 'at')}, '}')`

/** One row, so that it is computed once: an object of numbers by key. */
const counts = `
  SELECT json_group_object(key, votes) AS votes FROM (
    SELECT k.value AS key, count(*) AS votes FROM (${sayings('m.votes', "value <> '[]'")}) v, json_each(v.value) k GROUP BY 1
  )`

export const poll = `
  iif(m.poll IS NULL, NULL, concat(',"poll":{"name":', json_quote(m.poll ->> 'name'),
    ',"options":', (
      SELECT json_group_array(json_object('name', o.value, 'votes', coalesce(n.votes ->> o.key, 0)))
      FROM (${counts}) n CROSS JOIN json_each(m.poll, '$.options') o
    ),
    ',"selectableCount":', m.poll ->> 'selectableCount',
    ',"voters":[', (SELECT group_concat(${vote}) FROM (${votes}) WHERE names IS NOT NULL), ']}'))`

/**
 * An id of WhatsApp names a message only together with its sender, of whom older versions stored nothing: of several the oldest is
 * meant, as a reply comes after what it quotes. The index is named, because the planner would walk the whole chat for each message
 * of a page, to have them in order.
 */
const stored = `
  SELECT concat('{"id":"', o.id, '","waMessageId":', json_quote(m.quoted_id),
    iif(o.from_me = 1, ',"fromMe":true', ',"fromMe":false'),
    iif(o.from_me = 1 OR r.jid IS NULL, NULL, concat(',"senderJid":', json_quote(r.jid))),
    ',"type":"', o.type, '"',
    iif(o.body IS NULL, NULL, concat(',"body":', json_quote(substr(o.body, 1, ${maxQuotedLength})))), '}')
  FROM (
    SELECT q.id, q.from_me, q.sender, q.type, q.body, min(q.timestamp) FROM messages q INDEXED BY messages_by_wa_id
    WHERE q.chat_id = m.chat_id AND q.wa_id = m.quoted_id AND q.deleted < 2
  ) o
  LEFT JOIN addresses b ON b.id = o.sender
  LEFT JOIN peers r ON r.id = iif(c.type = 'dm', c.peer_id, b.peer_id)
  WHERE o.id IS NOT NULL`

/** As its sender quoted it. The address may have turned out to be that of a known person since. */
const claimed = `
  concat('{"waMessageId":', json_quote(m.quoted_id), ',',
    substr(coalesce((
      SELECT json_replace(m.quoted, '$.senderJid', r.jid) FROM addresses b JOIN peers r ON r.id = b.peer_id
      WHERE b.session_id = c.session_id AND b.jid = m.quoted ->> 'senderJid'
    ), m.quoted), 2))`

export const quoted = `
  iif(m.quoted_id IS NULL OR m.deleted <> 0, NULL,
    ',"quoted":' || coalesce((${stored}), iif(m.quoted IS NULL, NULL, ${claimed})))`

/** Members that are stored as they are shown. */
export const details = `',' || substr(m.details, 2, length(m.details) - 2)`
